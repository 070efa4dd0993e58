"""Services for a test run: made anew in a temporary directory, quick instead of durable, removed without a trace.

Run as a module it waits for the end of its input and then removes them: so they go away even when the tests are killed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoreboard_project.embedded.account import service_account
from scoreboard_project.embedded.postgres import THROWAWAY_SETTINGS, Postgres
from scoreboard_project.embedded.socket_directory import remove_socket_directory, socket_directory
from scoreboard_project.embedded.valkey import Valkey

PROJECT = Path(__file__).resolve().parents[3]


class ThrowawayServices:
    """A PostgreSQL and a Valkey of one temporary directory, neither started yet."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        account = service_account(directory / "postgres")
        sockets = socket_directory(directory, account)
        self.postgres = Postgres(directory, sockets, account, settings=THROWAWAY_SETTINGS)
        self.valkey = Valkey(directory, sockets, account)

    def remove(self) -> None:
        """Stop what runs and remove every file."""
        self.valkey.stop()
        self.postgres.stop()
        self.postgres.remove()
        remove_socket_directory(self.directory)
        shutil.rmtree(self.directory)


@contextmanager
def throwaway_services() -> Iterator[ThrowawayServices]:
    """Services that are gone afterwards, on any exit of this process."""
    directory = Path(tempfile.mkdtemp(prefix="scoreboard-test-")).resolve()
    directory.chmod(0o711)  # root's PostgreSQL runs as another user, who must pass
    with _guard(directory):
        services = ThrowawayServices(directory)
        try:
            yield services
        finally:
            services.remove()


@contextmanager
def _guard(directory: Path) -> Iterator[None]:
    """A process of its own session that outlives us by the moment it takes to clean up."""
    command = [sys.executable, "-P", "-m", "scoreboard_project.testing.servers.throwaway", str(directory)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=True):
        yield  # leaving closes its input and waits for it


def _remove_when_input_ends(directory: Path) -> None:
    sys.stdin.read()
    if directory.exists():
        ThrowawayServices(directory).remove()


if __name__ == "__main__":
    _remove_when_input_ends(Path(sys.argv[1]))
