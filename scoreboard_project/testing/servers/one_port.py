"""The one-port process of `script/server`, on the test database: websockets, API and pages."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from django.conf import settings

from scoreboard_project.testing.servers.api_server import (
    APPLICATION,
    ROOT,
    STARTS_SECONDS,
    database_address,
    free_port,
    server_command,
)
from scoreboard_project.testing.waiting import status_of, wait_for

DEFAULTS = {"SCORE_UPDATES_PER_MINUTE": "0", "LIVE_SOCKETS_PER_ADDRESS": "0", "LOG_LEVEL": "warning"}


class OnePort:
    """A server that can be stopped, killed and started again at the same address. Its output is in `log`."""

    def __init__(self, log: Path, *options: str, application: str = APPLICATION, **environment: str) -> None:
        self.port = free_port()
        self._command = [*server_command(self.port, application), *options]
        self.log = log
        stores = {"DATABASE_URL": database_address(), "REDIS_URL": settings.REDIS_URL}
        self._environment = {**os.environ, **stores, **DEFAULTS, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where HTTP is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def live(self) -> str:
        """Where live boards are."""
        return f"ws://127.0.0.1:{self.port}/ws/v1/scoreboard/live"

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The server's process, once it was started."""
        assert self._process
        return self._process

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self.process.pid

    def start(self) -> None:
        """Returns once it answers."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=output, stderr=subprocess.STDOUT
            )
        wait_for(self._answers, seconds=STARTS_SECONDS)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        assert self._process
        self._process.send_signal(number)
        return self._process.wait(timeout=15)

    def metric(self, name: str) -> float:
        """A number of /metrics; 0 when it is not there."""
        # Many tests poll it: to read the machine's certificates, of no use here, would take 20 ms each time.
        metrics = httpx.get(f"{self.address}/metrics", verify=False).text
        found = re.search(rf"^{re.escape(name)} (\S+)$", metrics, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self.log.read_text()
        return status_of(f"{self.address}/healthz") == 200


@contextmanager
def running_one_port(log: Path, *options: str, application: str = APPLICATION, **environment: str) -> Iterator[OnePort]:
    """A server until the block ends."""
    server = OnePort(log, *options, application=application, **environment)
    try:
        server.start()
        yield server
    finally:
        if server._process and server._process.poll() is None:
            server.stop(signal.SIGKILL)
