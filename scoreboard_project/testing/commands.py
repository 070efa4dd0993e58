"""Runs commands of manage.py, in processes that have their imports done or in a shell."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from scoreboard_project.command_line import run
from scoreboard_project.testing.servers.api_server import ROOT, database_address

LONGEST_SECONDS = 60
# Most of a command's time is the import of these; they read no settings.
PRELOADED = [
    *("asgiref.sync", "cryptography.x509", "django.db.backends.postgresql.base", "django.forms"),
    *("django.test", "jsonschema", "jwt", "msgspec", "prometheus_client", "psycopg_pool", "redis", "requests", "yaml"),
]


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int | None
    out: str
    err: str

    @property
    def only_line(self) -> str:
        """The line that the command failed with."""
        assert self.code == 1, self
        (line,) = self.err.splitlines()
        return line


def environment(**changes: str) -> dict[str, str]:
    """The environment of a command on the test's database and Valkey."""
    return {**os.environ, "DATABASE_URL": database_address(), "REDIS_URL": settings.REDIS_URL, **changes}


def manage(*arguments: str | Path, **changes: str) -> Ended:
    """Run a command without a terminal. `changes` are of its environment."""
    forkserver = multiprocessing.get_context("forkserver")
    forkserver.set_forkserver_preload(PRELOADED)
    with tempfile.TemporaryDirectory() as directory:
        out, err = Path(directory, "out"), Path(directory, "err")
        process = forkserver.Process(
            target=_run, args=([*map(str, arguments)], environment(**changes), out, err), daemon=True
        )
        process.start()
        process.join(LONGEST_SECONDS)
        return Ended(process.exitcode, out.read_text(), err.read_text())


def _run(arguments: list[str], variables: Mapping[str, str], out: Path, err: Path) -> None:
    for descriptor, path in ((1, out), (2, err)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), descriptor)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = ["manage.py", *arguments]
    sys.exit(run(sys.argv))


def in_shell(line: str, **changes: str) -> Ended:
    """Run a line of bash in which `manage` stands for manage.py. The code is that of the first command of a pipe."""
    script = f'manage() {{ "{sys.executable}" manage.py "$@"; }}; {line}; exit "${{PIPESTATUS[0]}}"'
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=environment(**changes),
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)
