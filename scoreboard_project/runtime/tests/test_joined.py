"""Questions that are asked together: rounds without a timer, each answer for itself, and a bounded queue."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from scoreboard_project.runtime.flows.flow import Flow, Pause
from scoreboard_project.runtime.flows.joined import Joined, Overloaded, WaitedTooLong


@dataclass(frozen=True)
class Doubled(Joined[int]):
    """Twice the number. Raises KeyError for 13, and for a whole round with a 99."""

    number: int
    most: ClassVar[int] = 4
    rounds: ClassVar[list[list[int]]] = []
    gate: ClassVar[list[float]] = []

    @classmethod
    def answer_all(cls, asked: Sequence["Doubled"]) -> Flow[list[int | Exception]]:
        cls.rounds.append([question.number for question in asked])
        yield from Pause(cls.gate.pop() if cls.gate else 0.0)
        if any(question.number == 99 for question in asked):
            raise KeyError(99)
        return [KeyError(13) if question.number == 13 else 2 * question.number for question in asked]


@pytest.fixture(autouse=True)
def no_rounds() -> None:
    """None so far."""
    Doubled.rounds.clear()
    Doubled.gate.clear()


async def ask(number: int) -> int:
    return await Doubled(number).ask_in_loop()


async def ask_all(*numbers: int) -> list[Any]:
    return await asyncio.gather(*map(ask, numbers), return_exceptions=True)


async def test_who_asks_alone_is_answered_at_once() -> None:
    assert await Doubled(21).ask_in_loop() == 42
    assert Doubled.rounds == [[21]]


async def test_who_asks_at_the_same_time_shares_a_round_in_order() -> None:
    assert await ask_all(3, 1, 2) == [6, 2, 4]
    assert Doubled.rounds == [[3, 1, 2]]


async def test_who_asks_during_a_round_waits_for_the_next() -> None:
    Doubled.gate.append(0.05)
    first = asyncio.ensure_future(Doubled(1).ask_in_loop())
    await asyncio.sleep(0.01)
    assert await ask_all(2, 3) == [4, 6]
    assert await first == 2
    assert Doubled.rounds == [[1], [2, 3]]


async def test_a_round_has_so_many_at_most() -> None:
    await ask_all(*range(10))
    assert Doubled.rounds == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


async def test_one_error_is_for_one_question() -> None:
    first, second, third = await ask_all(1, 13, 2)
    assert (first, third) == (2, 4)
    assert isinstance(second, KeyError)


async def test_a_round_that_fails_fails_for_its_questions_only() -> None:
    answers = await ask_all(1, 99, 2, 3, 4)
    assert [isinstance(answer, KeyError) for answer in answers] == [True, True, True, True, False]


async def test_who_leaves_does_not_undo_the_question() -> None:
    Doubled.gate.append(0.05)
    first = asyncio.ensure_future(Doubled(1).ask_in_loop())
    await asyncio.sleep(0.01)
    leaver = asyncio.ensure_future(Doubled(2).ask_in_loop())
    await asyncio.sleep(0)
    leaver.cancel()
    assert await first == 2
    assert await Doubled(3).ask_in_loop() == 6
    assert Doubled.rounds == [[1], [2], [3]]


async def test_a_full_queue_refuses_at_once(settings: Any) -> None:
    settings.MAX_WAITING_REQUESTS = 2
    Doubled.gate.append(0.05)
    first = asyncio.ensure_future(Doubled(1).ask_in_loop())
    await asyncio.sleep(0.01)
    answers = await ask_all(2, 3, 4)
    assert answers[:2] == [4, 6]
    assert isinstance(answers[2], Overloaded)
    assert await first == 2


async def test_who_waited_too_long_is_not_asked_any_more(settings: Any) -> None:
    settings.DATABASE_POOL_TIMEOUT_SECONDS = 0.02
    Doubled.gate.append(0.1)
    first = asyncio.ensure_future(Doubled(1).ask_in_loop())
    await asyncio.sleep(0.01)
    (late,) = await ask_all(2)
    assert isinstance(late, WaitedTooLong)
    assert await first == 2
    assert Doubled.rounds == [[1]]


def test_in_a_thread_it_is_asked_alone() -> None:
    assert Doubled(21).ask() == 42
    with pytest.raises(KeyError):
        Doubled(13).ask()
