"""Questions that concurrent requests ask together: what comes while one round runs is answered in the next.

No timer: an idle group answers at once, and the busier it is, the larger its rounds. Nobody gets an answer that was
read before they asked.
"""

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from time import monotonic
from typing import Any, ClassVar, Self

from django.conf import settings

from scoreboard_project.runtime.flows.flow import Answer, Flow, Question, run, run_in_loop
from scoreboard_project.runtime.flows.loops import PerLoop
from scoreboard_project.runtime.flows.metrics import round_sizes


class Overloaded(Exception):
    """Too many requests wait for an answer of this kind. Nothing was done."""


class WaitedTooLong(Exception):
    """The round before took so long that this question was not asked. Nothing was done."""


class Joined(Question[Answer]):
    """A kind of question. `answer_all` answers several in one round, each for itself."""

    most: ClassVar[int] = 128

    @classmethod
    @abstractmethod
    def answer_all(cls, asked: Sequence[Self]) -> Flow[Sequence[Answer | Exception]]:
        """The answers in the order of the questions; an exception is raised for that one only."""

    def answer_alone(self) -> Flow[Sequence[Answer | Exception]]:
        """The answer in a thread, where no other question waits for it."""
        return self.answer_all([self])

    def ask(self) -> Answer:
        (answer,) = run(self.answer_alone())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def ask_in_loop(self) -> asyncio.Future[Answer]:
        """Raises Overloaded, or later WaitedTooLong, without asking."""
        return _groups.of_running_loop().join(self)


class Group:
    """The questions of one kind in one event loop."""

    def __init__(self, kind: type[Joined[Any]]) -> None:
        self._kind = kind
        self._waiting: deque[tuple[Joined[Any], asyncio.Future[Any], float]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._sizes = round_sizes.labels(kind.__name__)
        self._most_waiting: int = settings.MAX_WAITING_REQUESTS

    def join(self, question: Joined[Any]) -> asyncio.Future[Any]:
        """A future of the answer. Raises Overloaded."""
        if len(self._waiting) >= self._most_waiting:
            raise Overloaded
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((question, future, monotonic()))
        if self._worker is None:
            # In a context of its own: a round belongs to no single request.
            self._worker = loop.create_task(self._answer_waiting(), context=Context())
        return future

    async def _answer_waiting(self) -> None:
        try:
            while taken := self._take():
                self._sizes.observe(len(taken))
                await self._answer([question for question, _ in taken], [future for _, future in taken])
        finally:
            self._worker = None

    def _take(self) -> list[tuple[Joined[Any], asyncio.Future[Any]]]:
        too_late = monotonic() - settings.DATABASE_POOL_TIMEOUT_SECONDS
        taken: list[tuple[Joined[Any], asyncio.Future[Any]]] = []
        while self._waiting and len(taken) < self._kind.most:
            question, future, asked_at = self._waiting.popleft()
            if asked_at < too_late:
                _settle(future, WaitedTooLong())
            else:
                taken.append((question, future))
        return taken

    async def _answer(self, questions: list[Joined[Any]], futures: list[asyncio.Future[Any]]) -> None:
        try:
            answers = await run_in_loop(self._kind.answer_all(questions))
        except Exception as error:  # noqa: BLE001 - those who asked get it
            answers = [error] * len(futures)
        for future, answer in zip(futures, answers, strict=True):
            _settle(future, answer)


def _settle(future: asyncio.Future[Any], answer: object) -> None:
    if future.done():
        # The one who asked is gone. What was asked is done all the same.
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


class Groups:
    """The groups of one event loop, by kind."""

    def __init__(self) -> None:
        self._by_kind: dict[type[Joined[Any]], Group] = {}

    def join(self, question: Joined[Any]) -> asyncio.Future[Any]:
        kind = type(question)
        group = self._by_kind.get(kind)
        if group is None:
            group = self._by_kind[kind] = Group(kind)
        return group.join(question)


_groups = PerLoop(Groups)
