"""A flow gives the same result in a thread and in an event loop, and gets the errors of its questions."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from scoreboard_project.runtime.flows.flow import Flow, Pause, Question, run, run_in_loop


@dataclass
class Half(Question[int]):
    """The half of an even number. Raises ValueError for an odd one."""

    number: int

    def ask(self) -> int:
        if self.number % 2:
            raise ValueError(self.number)
        return self.number // 2

    async def ask_in_loop(self) -> int:
        await asyncio.sleep(0)
        return self.ask()


Runner = Callable[[Flow[object]], object]
in_both = pytest.mark.parametrize(
    "runner", [run, lambda flow: asyncio.run(run_in_loop(flow))], ids=["in a thread", "in a loop"]
)


def halves(number: int) -> Flow[list[int]]:
    """Every half, as long as the number is even."""
    found: list[int] = []
    while True:
        try:
            number = yield from Half(number)
        except ValueError:
            return found
        found.append(number)


@in_both
def test_a_flow_gets_answers_and_errors(runner: Runner) -> None:
    assert runner(halves(24)) == [12, 6, 3]


@in_both
def test_what_a_flow_does_not_catch_reaches_the_caller(runner: Runner) -> None:
    def odd() -> Flow[int]:
        return (yield from Half(7))

    with pytest.raises(ValueError, match="7"):
        runner(odd())


@in_both
def test_a_flow_without_questions_is_fine(runner: Runner) -> None:
    def nothing() -> Flow[str]:
        return "done"
        yield

    assert runner(nothing()) == "done"


@in_both
def test_a_flow_cleans_up_after_an_error(runner: Runner) -> None:
    closed = []

    def guarded() -> Flow[int]:
        try:
            return (yield from Half(1))
        finally:
            closed.append(True)

    with pytest.raises(ValueError, match="1"):
        runner(guarded())
    assert closed == [True]


async def test_a_pause_lets_others_run() -> None:
    seen = []

    def pausing(name: str) -> Flow[None]:
        for _ in range(2):
            seen.append(name)
            yield from Pause()

    await asyncio.gather(run_in_loop(pausing("a")), run_in_loop(pausing("b")))
    assert seen == ["a", "b", "a", "b"]
