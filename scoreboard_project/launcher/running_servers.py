"""Which `script/server` processes of this checkout run, so that `script/manage` uses the same database and keys.

Each server keeps a file `.running/PID.json` in the project and holds a lock on it, which the kernel releases when the
server ends, even if it is killed.
"""

import fcntl
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.embedded.key_files import JWT_VARIABLES, is_given

FOLDER = ".running"
SHARED_VARIABLES = ("DATABASE_URL", "REDIS_URL", "DJANGO_SECRET_KEY", *JWT_VARIABLES)


@dataclass(frozen=True)
class RunningServer:
    """`given` are the variables that the server got from its environment. Their values are not recorded."""

    data_dir: Path
    given: tuple[str, ...]


@contextmanager
def recorded(project: Path, data_dir: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """Record this server until the block ends. A checkout that cannot be written to has no records."""
    path = project / FOLDER / f"{os.getpid()}.json"
    try:
        path.parent.mkdir(exist_ok=True)
        file = path.open("w", encoding="utf-8")
    except OSError:
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        given = [name for name in SHARED_VARIABLES if is_given(environ, name)]
        json.dump({"data_dir": str(data_dir.resolve()), "given": given}, file)
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def data_directory(project: Path, default: Path, environ: Mapping[str, str]) -> Path:
    """The data directory for a command: SCOREBOARD_DATA_DIR, or that of the running server, or `default`.

    Raises EmbeddedError if it cannot know which server is meant, or if the server has a variable that is not set here.
    """
    servers = {server.data_dir: server for server in _running(project)}
    chosen = environ.get("SCOREBOARD_DATA_DIR", "").strip()
    data_dir = Path(chosen) if chosen else _directory_in_use(servers, default)
    server = servers.get(data_dir.resolve())
    missing = [name for name in server.given if not is_given(environ, name)] if server else []
    if missing:
        raise EmbeddedError(
            f"The running script/server has {' and '.join(missing)} in its environment. Set the same here: "
            "otherwise this command would use other data or keys than the server."
        )
    return data_dir


def _directory_in_use(servers: Mapping[Path, RunningServer], default: Path) -> Path:
    if not servers or default.resolve() in servers:
        return default
    if len(servers) > 1:
        found = " and ".join(map(str, servers))
        raise EmbeddedError(f"Servers are running with {found}. Set SCOREBOARD_DATA_DIR to one of these directories.")
    data_dir = next(iter(servers))
    print(
        f"scoreboard: Using {data_dir}, the data directory of the running script/server.", file=sys.stderr, flush=True
    )
    return data_dir


def _running(project: Path) -> Iterator[RunningServer]:
    for path in sorted((project / FOLDER).glob("*.json")):
        with suppress(FileNotFoundError), path.open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                with suppress(ValueError):
                    record = json.load(file)
                    yield RunningServer(Path(record["data_dir"]), tuple(record["given"]))
            else:
                path.unlink(missing_ok=True)  # its server was killed
