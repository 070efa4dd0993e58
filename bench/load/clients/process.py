"""The client processes of a run: started with the plan, their lines collected, ended."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.topology.production import PROJECT

ENDS_SECONDS = 30.0


class ClientFailed(Exception):
    """A client process ended with an error. The message has the end of what it said."""


class Client:
    """A client process. `lines` are the JSON lines that it printed so far."""

    def __init__(self, module: str, plan: Path) -> None:
        self.module, self.lines = module, list[dict[str, Any]]()
        self._log = plan.with_name(f"{module.rpartition('.')[2]}.log")
        command = [sys.executable, "-m", module, str(plan)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=log, start_new_session=True
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    @property
    def is_running(self) -> bool:
        """Raises ClientFailed if it ended with an error."""
        code = self.process.poll()
        if code:
            end = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
            raise ClientFailed("\n".join([f"{self.module} ended with {code}:", *end]))
        return code is None

    def end(self) -> None:
        """Ask it to end, and collect its last lines."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(ENDS_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(ENDS_SECONDS)


@contextmanager
def running(module: str, plan: Path) -> Iterator[Client]:
    """The client until the block ends."""
    client = Client(module, plan)
    try:
        yield client
    finally:
        client.end()
