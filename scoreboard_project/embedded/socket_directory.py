"""A short private directory for the sockets. The path of a socket is limited to 107 bytes (103 on macOS).

Its name is derived from the data directory and the account; `sockets` in the data directory is a symbolic link to it.
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
    """The recorded directory, or else a new one. Raises EmbeddedError if it is not private to the account."""
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
    """Remove the directory and the link to it. Nothing must be listening there any more."""
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
    raise EmbeddedError(
        "There is no directory for sockets: /tmp is not writable. Set TMPDIR to a writable directory with a short path."
    )


def _make_private(directory: Path, account: Account) -> None:
    try:
        directory.mkdir(mode=0o700)
        account.own(directory)
    except FileExistsError:
        status = directory.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != account.uid or status.st_mode & 0o077:
            raise EmbeddedError(
                f"{directory} is not a private directory of user {account.uid}. "
                "Another user may have created it: remove it and try again."
            ) from None
