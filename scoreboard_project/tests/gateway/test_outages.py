"""A process that dies under load costs no read, and no action is sent to a second one."""

import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.servers.api_server import free_port
from scoreboard_project.testing.servers.nginx import Gateway
from scoreboard_project.testing.threads import in_threads
from scoreboard_project.tests.gateway.conftest import process
from scores.models import ScoreEvent

BOARD, UPDATE = "/api/v1/scoreboard", "/api/v1/scores/update"
ACTION = {"actionType": "LEVEL_COMPLETE"}


@pytest.fixture
def two_processes(
    gateway: Gateway, ports: list[int], tmp_path_factory: pytest.TempPathFactory, scoreboard: None
) -> Iterator[tuple[Gateway, subprocess.Popen[bytes]]]:
    """A gateway of its own with two API processes, of which the second may be killed."""
    victim = free_port()
    changes = {"limits.conf": {"rate=100r/s": "rate=10000r/s", "rate=200r/s": "rate=10000r/s"}}
    found = Gateway(tmp_path_factory.mktemp("two"), api=[ports[0], victim], live=ports[1:], changes=changes)
    with process(victim) as running, found.running():
        yield found, running


def read_until(stop: threading.Event, client: httpx.Client) -> Counter[int]:
    """The statuses of boards and of neighbourhoods, asked for one after the other."""
    seen: Counter[int] = Counter()
    while not stop.is_set():
        for path in (BOARD, f"{BOARD}/around/ana"):
            seen[client.get(path).status_code] += 1
    return seen


def test_a_killed_process_costs_no_read_and_repeats_no_action(
    two_processes: tuple[Gateway, subprocess.Popen[bytes]],
) -> None:
    gateway, victim = two_processes
    in_threads(lambda player: player.act(), [ANA], threads=1)
    stop = threading.Event()
    client = httpx.Client(base_url=gateway.secure, verify=gateway.trust, timeout=10)
    with client, ThreadPoolExecutor(4) as pool:
        reading = [pool.submit(read_until, stop, client) for _ in range(4)]
        statuses: Counter[int] = Counter()
        for number in range(150):
            if number == 50:
                victim.send_signal(signal.SIGKILL)
            statuses[client.put(UPDATE, json=ACTION, headers=ANA.bearer()).status_code] += 1
        stop.set()
        read = sum((each.result() for each in reading), Counter())
    assert set(read) == {200}
    assert read[200] > 100
    assert set(statuses) <= {200, 502}
    # The gateway noticed at once, and each action that it refused was sent to one process only.
    assert statuses[502] <= 8
    recorded = ScoreEvent.objects.count() - 1
    assert statuses[200] <= recorded <= statuses[200] + statuses[502]


def test_an_action_is_not_sent_to_a_second_process(ports: list[int], tmp_path: Path, scoreboard: None) -> None:
    """The first takes the whole request and hangs up, as one does that dies while it records."""
    with hanging_up() as (port, taken):
        found = Gateway(tmp_path, api=[port, ports[0]], live=ports[1:])
        with found.running(), httpx.Client(base_url=found.secure, verify=found.trust) as client:
            before = len(taken)
            answers = [client.put(UPDATE, json=ACTION, headers=ANA.bearer()) for _ in range(6)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) == len(taken) - before > 0
    assert {answer.json()["error"]["code"] for answer in refused} == {"SYSTEM_ERROR"}
    assert ScoreEvent.objects.count() == 6 - len(refused)


@contextmanager
def hanging_up() -> Iterator[tuple[int, list[bytes]]]:
    """A port that reads one request a connection and closes it without an answer, and what it has read."""
    taken: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _peer = server.accept()
                    with connection:
                        taken.append(connection.recv(65536))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], taken
        server.shutdown(socket.SHUT_RDWR)
    thread.join()
