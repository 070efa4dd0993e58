"""A short private directory for the sockets: a socket's path may hold 107 bytes (103 on macOS), a data directory more.

It is named by the data directory and the account, and `sockets` in the data directory is a symbolic link to it.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from scoreboard_project.embedded.account import Account
from scoreboard_project.embedded.failure import EmbeddedError

LONGEST_DIRECTORY = 103 - len("/.s.PGSQL.5432")


def socket_directory(data_dir: Path, account: Account) -> Path:
    """The recorded directory, or else a new one. Raises EmbeddedError when it is not the account's alone."""
    link = data_dir / "sockets"
    if link.is_symlink() and link.readlink().parent.is_dir():
        directory = link.readlink()
    else:
        link.unlink(missing_ok=True)
        directory = _short_place(account) / _name(data_dir, account)
        link.symlink_to(directory)
    _make_private(directory, account)
    return directory


def remove_socket_directory(data_dir: Path) -> None:
    """Remove the directory and its record, once nothing listens there."""
    link = data_dir / "sockets"
    if link.is_symlink():
        shutil.rmtree(link.readlink(), ignore_errors=True)
        link.unlink()


def _name(data_dir: Path, account: Account) -> str:
    return f"scoreboard-{account.uid}-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"


def _short_place(account: Account) -> Path:
    for place in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 (ownership is verified)
        fits = len(os.fsencode(place)) + len("/scoreboard-4294967295-123456789012") <= LONGEST_DIRECTORY
        if fits and os.access(place, os.W_OK) and account.can_execute(place):
            return place
    raise EmbeddedError("There is no directory for sockets: /tmp cannot be written. Set TMPDIR to a short path.")


def _make_private(directory: Path, account: Account) -> None:
    try:
        directory.mkdir(mode=0o700)
        account.own(directory)
    except FileExistsError:
        status = directory.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != account.uid or status.st_mode & 0o077:
            raise EmbeddedError(
                f"{directory} is not a private directory of user {account.uid}: someone else made it. Remove it."
            ) from None
