"""The account that the services run as. PostgreSQL refuses to run as root, so root uses an unprivileged account."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoreboard_project.embedded.failure import EmbeddedError

ROOT = 0
ACCOUNT_NAMES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A user and its primary group."""

    uid: int
    gid: int

    @property
    def popen_options(self) -> dict[str, Any]:
        """The options for `subprocess` to run a program as this account; empty if it is our own."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_execute(self, path: Path) -> bool:
        """Whether the account can run the program, or enter the directory, at `path`. The kernel decides.

        Raises EmbeddedError if we cannot switch to the account.
        """
        if not self.popen_options:
            return os.access(path, os.X_OK)
        try:
            test = subprocess.run(["/bin/sh", "-c", 'test -x "$0"', path], check=False, cwd="/", **self.popen_options)
        except OSError as error:
            raise EmbeddedError(
                f"PostgreSQL refuses to run as root, and root cannot switch to user {self.uid} here: {error}. "
                "Run this command as an ordinary user."
            ) from error
        return test.returncode == 0

    def own(self, path: Path) -> None:
        """Give `path`, which we created, to the account."""
        if self.popen_options:
            os.chown(path, self.uid, self.gid)


def service_account(cluster: Path) -> Account:
    """The account for the cluster at `cluster`: our own, or for root the cluster's owner, `postgres` or `nobody`.

    Raises EmbeddedError if root finds no such account.
    """
    if os.geteuid() != ROOT:
        return Account(os.geteuid(), os.getegid())
    if cluster.exists() and cluster.stat().st_uid != ROOT:
        return Account(cluster.stat().st_uid, cluster.stat().st_gid)
    for name in ACCOUNT_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and there is no user 'postgres' or 'nobody'. "
        "Create one of them, or run this command as an ordinary user."
    )
