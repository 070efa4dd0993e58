"""An embedded PostgreSQL that accepts connections only on a socket in a private directory."""

import locale
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from scoreboard_project.embedded import wheels
from scoreboard_project.embedded.account import Account
from scoreboard_project.embedded.daemon import Command, Daemon
from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.embedded.places import cluster_parent, reachable_program

DATABASE = "scoreboard"
ROLE = "scoreboard"
SOCKET_NAME = ".s.PGSQL.5432"
START_SECONDS = 120.0  # after a crash it first replays its write-ahead log
STATUS_LINE = 7  # of postmaster.pid, counted from 0
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
# These give up crash safety for speed.
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """The cluster of one data directory. `settings` are PostgreSQL's, and replace ours of the same name."""

    def __init__(
        self, data_dir: Path, sockets: Path, account: Account, *, settings: Mapping[str, str] = SETTINGS
    ) -> None:
        self.data_dir = data_dir
        self.sockets = sockets
        self.account = account
        self.settings = {**SETTINGS, **settings}
        self.url = f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(sockets))}"
        # On SIGINT PostgreSQL ends every connection, writes everything to disk and stops.
        self.daemon = Daemon(
            "PostgreSQL", account, data_dir / "postgres.lock", data_dir / "postgres.log", signal.SIGINT
        )

    def start(self) -> None:
        """Attach to the running server, or start it. Creates the cluster first if there is none."""
        cluster = self._find_cluster()
        if self.daemon.attach(lambda: self._answers(cluster)):
            return
        if not cluster.exists():
            cluster = self._make_cluster()
        # Our lock is free, so the server's processes are gone and these files are stale, even if another process now
        # has the recorded process id.
        for stale in (cluster / "postmaster.pid", self.sockets / SOCKET_NAME, self.sockets / f"{SOCKET_NAME}.lock"):
            stale.unlink(missing_ok=True)
        self.daemon.start(
            [self._program(wheels.POSTGRES), "-D", cluster, *self._options()],
            lambda: self._answers(cluster),
            cwd=Path("/"),
            timeout=START_SECONDS,
        )

    def stop(self) -> None:
        self.daemon.stop()

    def remove(self) -> None:
        """Remove a stopped cluster that lies outside the data directory."""
        link = self.data_dir / "postgres"
        if link.is_symlink():
            shutil.rmtree(link.readlink().parent)

    def _find_cluster(self) -> Path:
        link = self.data_dir / "postgres"
        if link.is_symlink() and not link.exists():
            raise EmbeddedError(
                f"The database of {self.data_dir} was in {link.readlink()}, which is gone. "
                f"Restore it, or remove {link} to start with an empty database."
            )
        return link.resolve()

    def _answers(self, cluster: Path) -> bool:
        try:
            status = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()[STATUS_LINE].strip()
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(self.sockets / SOCKET_NAME))
        except (OSError, IndexError):
            return False
        return status == "ready"

    def _program(self, name: str) -> Path:
        return reachable_program(wheels.postgres_install(), name, self.account)

    def _options(self) -> list[str]:
        quoted = str(self.sockets).replace('"', '""')
        settings = {**self.settings, "unix_socket_directories": f'"{quoted}"'}
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _make_cluster(self) -> Path:
        """Create it beside its final place and move it when complete, so an interrupted start leaves only a draft."""
        parent = cluster_parent(self.data_dir, self.account)
        draft, cluster = parent / "postgres.draft", parent / "postgres"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.account.own(draft)
        options = ["-U", ROLE, "-A", "trust", "-E", "UTF8", f"--locale={_best_locale()}", "-k", "--no-instructions"]
        unsynced = ["--no-sync"] if self.settings.get("fsync") == "off" else []
        self._run([self._program(wheels.INITDB), "-D", draft, *options, *unsynced])
        self._run(
            [self._program(wheels.POSTGRES), "--single", "-D", draft, "postgres"], f"CREATE DATABASE {DATABASE}\n"
        )
        draft.rename(cluster)
        _write_down(parent)
        if parent != self.data_dir:
            (self.data_dir / "postgres").symlink_to(cluster)
        return cluster

    def _run(self, command: Command, stdin: str = "") -> None:
        with self.daemon.log.open("a", encoding="utf-8") as log:
            result = subprocess.run(
                command,
                check=False,
                input=stdin,
                stdout=log,
                stderr=subprocess.PIPE,
                text=True,
                cwd="/",
                env=self.daemon.environment,
                start_new_session=True,
                **self.account.popen_options,
            )
        if result.returncode:
            raise EmbeddedError(f"{Path(command[0]).name} failed for {self.data_dir}:\n{result.stderr.strip()}")


def _write_down(directory: Path) -> None:
    """Make a rename in `directory` survive a power failure: otherwise the cluster could be taken for a draft again."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _best_locale() -> str:
    """`C.UTF-8` if the machine has it, so that letters beyond ASCII have upper and lower case; otherwise `C`."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    locale.setlocale(locale.LC_CTYPE, before)
    return "C.UTF-8"
