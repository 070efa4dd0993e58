"""python -m scoreboard_project.launcher.virtualenv LOCK MODULE ARGUMENTS ...: runs the module in the project's .venv.

Creates `.venv` and installs the packages of the lock file, unless it did so before and the file has not changed.
Needs Python >= 3.11 and no packages.
"""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# pip's variables about where packages come from. The shell's others say where and how to install, which is ours to say.
PIP_SOURCES = re.compile(
    "PIP_(.*INDEX.*|FIND_LINKS|TRUSTED_HOST|.*CERT|PROXY|TIMEOUT|RETRIES|.*CACHE.*|CONFIG_FILE|KEYRING_PROVIDER|USE_FEATURE)"
)
PROJECT = Path(__file__).resolve().parents[2]
# The packages of each lock are those of the ones before it, in the same versions, and more.
LOCKS = ("requirements.txt", "script/requirements-dev.txt", "bench/requirements.txt")


class InstallError(Exception):
    """The virtual environment could not be created, or pip failed and has printed the reason."""


def ensure_installed(project: Path, requirements: str) -> Path:
    """The Python of the project's virtual environment, with the requirements file installed. Raises InstallError."""
    directory = project / ".venv"
    python = directory / "bin" / "python"
    with _turn(project):
        stamp = directory / f".{requirements.replace('/', '-')}.stamp"
        wanted = _fingerprint(project, requirements)
        if not (os.access(python, os.X_OK) and stamp.exists() and stamp.read_text(encoding="ascii") == wanted):
            _install(directory, python, project / requirements)
            stamp.write_text(wanted, encoding="ascii")
    return python


def _install(directory: Path, python: Path, requirements: Path) -> None:
    started = time.monotonic()
    print(f"Installing {requirements.relative_to(directory.parent)} into {directory} ...", file=sys.stderr, flush=True)
    if not (os.access(python, os.X_OK) and _succeeds(python, "-c", "import pip")):
        _run(sys.executable, "-m", "venv", "--clear", str(directory))
    try:
        _run(python, "-m", "pip", "install", "-qq", "--no-user", "--disable-pip-version-check", "-r", str(requirements))
    except InstallError:
        # A partial installation must neither count as complete nor block the next attempt.
        for stamp in directory.glob(".*.stamp"):
            stamp.unlink()
        raise
    print(f"Installed in {time.monotonic() - started:.0f} s.", file=sys.stderr, flush=True)


def _fingerprint(project: Path, requirements: str) -> str:
    """A digest of the lock files that apply and of the Python version that packages are built for."""
    digest = hashlib.sha256(repr((requirements, sys.version_info[:2])).encode())
    for name in LOCKS[: LOCKS.index(requirements) + 1]:
        digest.update((project / name).read_bytes())
    return digest.hexdigest()


@contextmanager
def _turn(project: Path) -> Iterator[None]:
    """Allow one installation at a time, by a lock on the project's directory itself."""
    descriptor = os.open(project, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _succeeds(*command: str | Path) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _run(*command: str | Path) -> None:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith("PIP_") or PIP_SOURCES.fullmatch(name)
    }
    if subprocess.run(command, check=False, stdout=sys.stderr, env=environ).returncode:
        raise InstallError(f"This command failed: {' '.join(map(str, command))}")


def main() -> None:
    """Install the packages, then replace this process by the module."""
    requirements, *module_and_arguments = sys.argv[1:]
    try:
        python = ensure_installed(PROJECT, requirements)
    except (InstallError, OSError) as error:
        sys.exit(f"scoreboard: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    os.execv(python, [str(python), "-P", "-m", *module_and_arguments])  # noqa: S606 (no shell: that is the point)


if __name__ == "__main__":
    main()
