"""The Locust shape of a scenario, and the turnstile that lets its users through at the rate of the moment."""

import time
from collections import deque

import gevent
from gevent.event import Event
from locust import LoadTestShape

from bench.load.scenarios import USERS_A_SECOND, Scenario
from bench.load.table import REQUESTS_A_SECOND

TICK_SECONDS = 0.005
# A little more than the table asks for, so that what is under way at the edge of a stage does not fail a row.
MARGIN = 1.005


class ScenarioShape(LoadTestShape):
    """All users come at the beginning and stay; a stage changes how often they act."""

    def __init__(self, scenario: Scenario, users: int) -> None:
        super().__init__()
        self.scenario, self.users = scenario, users

    @property
    def stage(self) -> int | None:
        return self.scenario.stage_at(self.get_run_time())

    def tick(self) -> tuple[int, float] | None:
        """For Locust: the number of users and how many come in a second; None ends the test."""
        return None if self.stage is None else (self.users, USERS_A_SECOND)


class Turnstile:
    """Users wait in line; whoever waited longest is next. So each of 10,000 acts every ten seconds at the table's load.

    The rate does not depend on how fast the server answers, until every user waits for an answer.
    """

    def __init__(self, shape: ScenarioShape) -> None:
        self._shape = shape
        self._waiting: deque[Event] = deque()

    def pass_through(self, ticket: Event) -> None:
        """Wait for one's turn. Each user has a ticket of their own."""
        ticket.clear()
        self._waiting.append(ticket)
        ticket.wait()

    def turn(self) -> None:
        """Let users through until the scenario ends. A missed turn is not made up for."""
        owed, last = 0.0, time.perf_counter()
        while (stage := self._shape.stage) is not None:
            now = time.perf_counter()
            arrived = min(1.0, self._shape.get_current_user_count() / self._shape.users)
            rate = REQUESTS_A_SECOND * self._shape.scenario.stages[stage].traffic * MARGIN * arrived
            owed += (now - last) * rate
            last = now
            for _ in range(int(owed)):
                if self._waiting:
                    self._waiting.popleft().set()
            owed -= int(owed)
            gevent.sleep(TICK_SECONDS)
