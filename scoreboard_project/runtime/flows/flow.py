"""Flows: business steps that do no I/O themselves, so that one text runs in a thread and in an event loop.

A flow is a generator. It yields a question (a statement for PostgreSQL, a script call for Redis) and receives the
answer, or the question's error is raised at the `yield from`. `run` answers in the calling thread; `run_in_loop` awaits
each answer, with the stores of the running event loop (`loop_stores.py`).
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextvars import Context, ContextVar
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")
Result = TypeVar("Result")

Flow = Generator["Question[Any]", Any, Result]


class Question(ABC, Generic[Answer]):
    """What a flow needs to know: `rows = yield from question`."""

    def __iter__(self) -> Generator["Question[Answer]", Answer, Answer]:
        answer = yield self
        return answer

    @abstractmethod
    def ask(self) -> Answer:
        """The answer, for which the calling thread waits."""

    @abstractmethod
    def ask_in_loop(self) -> Awaitable[Answer]:
        """The answer, without blocking the running event loop."""


class Pause(Question[None]):
    """Wait for some seconds. 0 lets others run if the flow runs in an event loop."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def ask(self) -> None:
        if self.seconds:
            time.sleep(self.seconds)

    async def ask_in_loop(self) -> None:
        await asyncio.sleep(self.seconds)


def nothing_to_ask() -> Flow[None]:
    """For a flow without questions: `yield from nothing_to_ask()` makes it a generator all the same."""
    return
    yield


def run(flow: Flow[Result]) -> Result:
    """Run a flow in this thread. Raises what the flow raises."""
    failure: Exception | None = None
    answer: Any = None
    try:
        while True:
            question = flow.send(answer) if failure is None else flow.throw(failure)
            try:
                answer, failure = question.ask(), None
            except Exception as error:  # noqa: BLE001 - the flow gets it
                failure = error
    except StopIteration as stop:
        result: Result = stop.value
        return result


async def ask_in_loop(question: Question[Any]) -> Any:  # noqa: ANN401 - whatever was asked
    """How a flow in an event loop gets its answers."""
    return await question.ask_in_loop()


async def run_in_loop(flow: Flow[Result], ask: Callable[[Question[Any]], Awaitable[Any]] = ask_in_loop) -> Result:
    """Run a flow in the running event loop. Raises what the flow raises."""
    failure: Exception | None = None
    answer: Any = None
    try:
        while True:
            question = flow.send(answer) if failure is None else flow.throw(failure)
            try:
                answer, failure = await ask(question), None
            except Exception as error:  # noqa: BLE001 - the flow gets it
                failure = error
    except StopIteration as stop:
        result: Result = stop.value
        return result


class Steps(Generic[Result]):
    """A flow in the running event loop without a task, which costs more than a short flow does.

    `begin` runs it up to the first answer that is not there yet, with those context variables. At its end, at once or
    later, it calls `finish` or `fail`.
    """

    def __init__(self, flow: Flow[Result], finish: Callable[[Result], None], fail: Callable[[Exception], None]) -> None:
        self._flow = flow
        self._finish = finish
        self._fail = fail
        self._context = Context()

    def begin(self, variables: Mapping[ContextVar[Any], Any]) -> None:
        self._context.run(self._begin, variables)

    def _begin(self, variables: Mapping[ContextVar[Any], Any]) -> None:
        for variable, value in variables.items():
            variable.set(value)
        self._go_on(None, None)

    def _go_on(self, answer: Any, failure: Exception | None) -> None:  # noqa: ANN401 - whatever was asked
        try:
            question = self._flow.send(answer) if failure is None else self._flow.throw(failure)
        except StopIteration as stop:
            self._finish(stop.value)
        except Exception as error:  # noqa: BLE001 - whoever began it gets it
            self._fail(error)
        else:
            self._ask(question)

    def _ask(self, question: Question[Any]) -> None:
        try:
            future = asyncio.ensure_future(question.ask_in_loop())
        except Exception as error:  # noqa: BLE001 - the flow gets it
            self._go_on(None, error)
        else:
            future.add_done_callback(self._answered, context=self._context)

    def _answered(self, future: asyncio.Future[Any]) -> None:
        if future.cancelled():
            # The event loop ends.
            self._flow.close()
            return
        failure = future.exception()
        if failure is None:
            self._go_on(future.result(), None)
        elif isinstance(failure, Exception):
            self._go_on(None, failure)
        else:
            raise failure
