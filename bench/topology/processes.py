"""Server processes of a topology: started in the background, waited for, ended."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

STARTS_SECONDS = 60.0
ENDS_SECONDS = 15.0
POLL_SECONDS = 0.05


class StartError(Exception):
    """A process ended or did not answer in time. The message has the end of its log."""


def free_port() -> int:
    """A port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(address: str, path: str, *, without: bytes = b"\n\n") -> bool:
    """Whether a GET of the path at `host:port` is answered with 200 and a body that does not have `without`."""
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return without not in answer.read() and answer.status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Server:
    """A process in a session of its own."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, is_ready: Callable[[], bool]) -> None:
        self._process, self._log, self._is_ready = process, log, is_ready

    @property
    def pid(self) -> int:
        return self._process.pid

    def await_ready(self) -> None:
        """Return once it is ready. Raises StartError."""
        give_up_at = time.monotonic() + STARTS_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None:
                raise self._failure("ended")
            if time.monotonic() > give_up_at:
                raise self._failure(f"was not ready in {STARTS_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)

    def end(self) -> None:
        """End it, with all that it started."""
        self._process.terminate()
        try:
            self._process.wait(ENDS_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _failure(self, problem: str) -> StartError:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
        return StartError("\n".join([f"{self._process.args!r} {problem}:", *lines]))


@contextmanager
def starting(
    command: Sequence[str], environment: Mapping[str, str], *, folder: Path, log: Path, is_ready: Callable[[], bool]
) -> Iterator[Server]:
    """A server that may not be ready yet, in `folder`, with its output at the end of `log`. It ends with the block."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(process, log, is_ready)
    try:
        yield server
    finally:
        server.end()
