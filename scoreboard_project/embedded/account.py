"""Who the services run as: PostgreSQL refuses to run as root, so root lends them an account without rights."""

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
        """What `subprocess` needs to run a program as this account; nothing when we are it already."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_execute(self, path: Path) -> bool:
        """Whether the account may run the program, or pass through the directory, at `path`. The kernel is asked."""
        if not self.popen_options:
            return os.access(path, os.X_OK)
        try:
            test = subprocess.run(["/bin/sh", "-c", 'test -x "$0"', path], check=False, cwd="/", **self.popen_options)
        except OSError as error:
            raise EmbeddedError(
                f"Root cannot become user {self.uid} here, and PostgreSQL refuses root: {error}"
            ) from error
        return test.returncode == 0

    def own(self, path: Path) -> None:
        """Give `path`, which we made, to the account."""
        if self.popen_options:
            os.chown(path, self.uid, self.gid)


def service_account(cluster: Path) -> Account:
    """The account for the cluster at `cluster`: ourselves, or for root the cluster's owner, `postgres` or `nobody`."""
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
    raise EmbeddedError("PostgreSQL refuses to run as root, and there is no user 'postgres' or 'nobody' to run it as.")
