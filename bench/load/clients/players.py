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
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import gevent
from gevent.event import Event
from locust import User, constant, task
from locust.env import Environment
from locust.html import get_html_report
from locust.stats import stats_history

from bench.load.clients.connection import Connection, RequestFailed
from bench.load.clients.mix import UPDATE, path_of, requests
from bench.load.clients.shape import ScenarioShape, Turnstile
from bench.load.machine import allow_many_files
from bench.load.plan import FIRST_USER, Plan, read_plan
from bench.load.samples import Times

BODY = json.dumps({"actionType": "LEVEL_COMPLETE", "metadata": {"level": 5}})


class Player(User):
    """One user: waits at the turnstile, sends the next request of the mix, and waits again."""

    wait_time = constant(0)
    numbers = itertools.count(1)
    address: SplitResult
    turnstile: Turnstile
    tokens: list[str]
    mix: Iterator[tuple[str, int, int]]

    def on_start(self) -> None:
        self.number = 1 + (next(Player.numbers) - 1) % (len(self.tokens) - 1)
        self.ticket = Event()
        self.bearer = f"Authorization: Bearer {self.tokens[self.number]}\r\n"
        host, port = self.address.hostname or "", self.address.port or 80
        self.connection = Connection(host, port, str(FIRST_USER + self.number))

    @task
    def play(self) -> None:
        self.turnstile.pass_through(self.ticket)
        kind, other, number = next(self.mix)
        request = self.request(kind, path_of(kind, own=self.number, other=other, number=number))
        length, failure, began = 0, None, time.perf_counter()
        try:
            length = self.connection.ask(request)
        except (OSError, EOFError, RequestFailed) as error:
            failure = error
        self.environment.events.request.fire(
            request_type="PUT" if kind == UPDATE else "GET",
            name=kind,
            response_time=(time.perf_counter() - began) * 1000,
            response_length=length,
            exception=failure,
            context={},
        )

    def request(self, kind: str, path: str) -> bytes:
        """With the token where it is needed, and a body if it is an update."""
        host = f"Host: {self.address.netloc}\r\n"
        if kind == UPDATE:
            body = f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}"
            return f"PUT {path} HTTP/1.1\r\n{host}{self.bearer}{body}".encode()
        return f"GET {path} HTTP/1.1\r\n{host}{self.bearer if kind == 'history' else ''}\r\n".encode()


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
    Player.address, Player.tokens = urlsplit(plan.host), plan.tokens
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
