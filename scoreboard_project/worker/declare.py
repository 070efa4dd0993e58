"""Declares jobs: functions that the worker runs. Each app declares its own in its `jobs.py`, where they are found.

A job is in the queue once the transaction that deferred it has committed, and never if it has not. It may run twice: a
worker can be killed after the work, and before it has said so. So a job must do no harm when it is done again.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.job_context import JobContext
from procrastinate.manager import JobManager

from scoreboard_project.audit.actor import acting_as, command_actor

# A job that fails is tried again after 2 s, 4 s, … 9 hours.
AGAIN = RetryStrategy(max_attempts=16, exponential_wait=2)

Work = Callable[..., None]
_is_ending: ContextVar[Callable[[], bool] | None] = ContextVar("is_ending", default=None)


class Job:
    """A function that the worker can do. The audit names it `command:<its name>`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._task: Any = app.task(name=work.__name__, pass_context=True, retry=AGAIN)(_acting(work))

    def __call__(self, **arguments: Any) -> None:  # noqa: ANN401 - the job's own
        """Do it here and now."""
        self._work(**arguments)

    def defer(self, **arguments: Any) -> None:  # noqa: ANN401 - any JSON values
        """Let the worker do it once the current transaction of Django's connection has committed."""
        # The worker itself has another connector: its transactions are its own.
        JobManager(DjangoConnector()).defer_job(job=self._task.configure().make_new_job(**arguments))


def job(work: Work) -> Job:
    """Declare a job that can be deferred."""
    return Job(work)


def periodic_job(cron: str) -> Callable[[Work], Work]:
    """Declare a job that begins at these times (UTC), one run after another. Only one can wait."""

    def declare(work: Work) -> Work:
        name = work.__name__
        task = app.task(name=name, pass_context=True, lock=name, queueing_lock=name)

        @wraps(work)
        def run(timestamp: int) -> None:
            work()

        app.periodic(cron=cron)(task(_acting(run)))
        return work

    return declare


def time_is_left(seconds: float) -> Callable[[], bool]:
    """For a job that works in steps: whether it may begin another. Its next run goes on.

    Not after that time, nor when the worker is about to end.
    """
    ends_at, is_ending = time.monotonic() + seconds, _is_ending.get()
    return lambda: time.monotonic() < ends_at and not (is_ending and is_ending())


def _acting(work: Work) -> Work:
    @wraps(work)
    def acting(context: JobContext, **arguments: Any) -> None:  # noqa: ANN401 - the job's own
        token = _is_ending.set(context.should_abort)
        try:
            with acting_as(lambda: command_actor(work.__name__)):
                work(**arguments)
        finally:
            _is_ending.reset(token)

    return acting
