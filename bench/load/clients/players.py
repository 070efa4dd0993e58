"""The users of a load test, as a Locust process of its own. Prints a JSON line each second.

    python -m bench.load.clients.players PLAN

It imports gevent's patches, so nothing else may import this module. Locust's HTML report is written at the end.
"""

from gevent import monkey

monkey.patch_all()

import itertools
import json
import signal
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import gevent
import gevent.socket
from gevent.event import Event
from geventhttpclient.client import HTTPClientPool
from geventhttpclient.connectionpool import ConnectionPool
from locust import FastHttpUser, constant, task
from locust.env import Environment
from locust.html import get_html_report
from locust.stats import stats_history

from bench.load.clients.mix import UPDATE, path_of, requests
from bench.load.clients.shape import ScenarioShape, Turnstile
from bench.load.machine import allow_many_files
from bench.load.plan import FIRST_USER, Plan, read_plan
from bench.load.samples import Times

BODY = json.dumps({"actionType": "LEVEL_COMPLETE", "metadata": {"level": 5}})


class AddressedConnections(ConnectionPool):
    """Connections from an address of the user's own, as the gateway limits reads by address.

    Two things of geventhttpclient do not hold for thousands of connections. It asks select() whether a connection is
    still there, and select() knows no descriptor above 1,023: each request then opened a new connection. And it looks
    addresses up in ten threads, where users waited for minutes.
    """

    source = ""

    def _is_socket_alive(self, sock: gevent.socket.socket | None) -> bool:
        """Whether we closed it. If the gateway did, the request is sent again on a new one."""
        return sock is not None and sock.fileno() >= 0

    def _resolve(self) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        address = (self._connection_host, self._connection_port)
        return [(gevent.socket.AF_INET, gevent.socket.SOCK_STREAM, gevent.socket.IPPROTO_TCP, "", address)]

    def _create_tcp_socket(self, family: int, socktype: int, protocol: int) -> gevent.socket.socket:
        made = super()._create_tcp_socket(family, socktype, protocol)
        made.bind((self.source, 0))
        return made


class Player(FastHttpUser):
    """One user: waits at the turnstile, sends the next request of the mix, and waits again."""

    wait_time = constant(0)
    concurrency = 1
    network_timeout = connection_timeout = 30.0
    numbers = itertools.count(1)
    turnstile: Turnstile
    tokens: list[str]
    mix: Any

    def on_start(self) -> None:
        self.number = 1 + (next(Player.numbers) - 1) % (len(self.tokens) - 1)
        self.ticket = Event()
        self.headers = {"Authorization": f"Bearer {self.tokens[self.number]}", "Content-Type": "application/json"}
        self.client.client.clientpool = HTTPClientPool(concurrency=1, network_timeout=30.0, connection_timeout=30.0)
        http = self.client.client.clientpool.get_client(self.host)
        http._connection_pool.__class__ = AddressedConnections
        http._connection_pool.source = str(FIRST_USER + self.number)
        # Games keep no cookies; looking for some costs a tenth of a request.
        self.client.client.cookiejar = None

    @task
    def play(self) -> None:
        self.turnstile.pass_through(self.ticket)
        kind, other, number = next(self.mix)
        path = path_of(kind, own=self.number, other=other, number=number)
        if kind == UPDATE:
            self.client.put(path, data=BODY, headers=self.headers, name=kind)
        else:
            self.client.get(path, headers=self.headers if kind == "history" else None, name=kind)


class Log:
    """What happened in the second at hand, and how long it took."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.times: defaultdict[str, Times] = defaultdict(Times)
        self.failures: Counter[str] = Counter()

    def note(self, name: str, response_time: float, exception: Exception | None, **_: object) -> None:
        self.times[name].add(response_time)
        if exception:
            code = getattr(exception, "code", 0)
            self.failures[f"{name}: {f'status {code}' if code else type(exception).__name__}"] += 1

    def take(self) -> dict[str, Any]:
        taken = {"times": {name: times.as_json() for name, times in self.times.items()}, "failures": self.failures}
        self._clear()
        return taken


def report_each_second(shape: ScenarioShape, log: Log) -> None:
    """Print the log of each second, and the stage to which it belongs, until the scenario ends; then one without."""
    stage: int | None = 0
    while stage is not None:
        due = int(shape.get_run_time()) + 1
        gevent.sleep(max(0.0, due - shape.get_run_time()))
        line = {"stage": stage, "second": due, "users": shape.get_current_user_count(), "at": time.time(), **log.take()}
        print(json.dumps(line), flush=True)
        stage = shape.stage
    print(json.dumps({"stage": None}), flush=True)


def play(plan: Plan) -> None:
    """Run the scenario, and write Locust's report on SIGTERM: until then one can see what this process has used."""
    shape, log = ScenarioShape(plan.scenario, plan.users), Log()
    Player.host, Player.tokens = plan.host, plan.tokens
    Player.mix, Player.turnstile = requests(plan.users), Turnstile(shape)
    environment = Environment(user_classes=[Player], shape_class=shape)
    environment.events.request.add_listener(log.note)
    runner = environment.create_local_runner()
    shape.runner = runner
    ended = Event()
    gevent.signal_handler(signal.SIGTERM, ended.set)
    gevent.spawn(stats_history, runner)
    runner.start_shape()
    gevent.spawn(Player.turnstile.turn)
    gevent.spawn(report_each_second, shape, log)
    ended.wait()
    runner.quit()
    report = get_html_report(environment, show_download_link=False)
    (Path(plan.directory) / "locust.html").write_text(report, encoding="utf-8")


if __name__ == "__main__":
    allow_many_files()
    play(read_plan(sys.argv[1]))
