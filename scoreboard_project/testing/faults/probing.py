"""Asks /healthz again and again, to see whether anything ever delays it."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from scoreboard_project.testing.servers.one_port import OnePort

EVERY_SECONDS = 0.05
LONGEST_SECONDS = 5.0


@dataclass
class Health:
    """Every answer's seconds. An answer other than 200, or none, counts as LONGEST_SECONDS."""

    seconds: list[float] = field(default_factory=list)

    @property
    def longest(self) -> float:
        return max(self.seconds)


@contextmanager
def asking_healthz(server: OnePort) -> Iterator[Health]:
    """Until the block ends."""
    health, stopping = Health(), threading.Event()

    def ask() -> None:
        while not stopping.is_set():
            health.seconds.append(_seconds_of_an_answer(server.port))
            time.sleep(EVERY_SECONDS)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield health
    finally:
        stopping.set()
        thread.join()


def _seconds_of_an_answer(port: int) -> float:
    asked_at = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_SECONDS)
    try:
        connection.request("GET", "/healthz")
        is_well = connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        is_well = False
    finally:
        connection.close()
    return time.monotonic() - asked_at if is_well else LONGEST_SECONDS
