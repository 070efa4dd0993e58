"""A game's action joins the next write of its process: they share a transaction, and each has its own result."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from scoreboard_project.limits.rate_limit import SECONDS_PER_MINUTE, refusals_by_rate
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.flows.joined import Joined
from scoreboard_project.runtime.postgres.lanes import Lane
from scores.services.actions import ScoreAction, ScoreActionResult
from scores.services.apply import applying_score_actions


class RowLocked(Exception):
    """Somebody else holds the row of a user of this write. Nothing was stored."""


@dataclass(frozen=True, slots=True)
class ReportedAction(Joined[ScoreActionResult]):
    """An action that counts against its user's limit."""

    action: ScoreAction

    @classmethod
    def answer_all(cls, asked: Sequence["ReportedAction"]) -> Flow[list[ScoreActionResult | Exception]]:
        """Check the limits in one round trip, and apply what they allow in one transaction, in the order of arrival."""
        return _answers([question.action for question in asked], Lane.WRITE)

    def answer_alone(self) -> Flow[list[ScoreActionResult | Exception]]:
        """It may wait for a lock as long as the settings allow."""
        return _answers([self.action], Lane.SLOW_WRITE)


def report_action(action: ScoreAction) -> Flow[ScoreActionResult]:
    """Count and apply a game's action, once for each request id.

    Raises RateLimitExceeded, the error of a refused action, Overloaded, WaitedTooLong, or Django's database errors.
    """
    try:
        result = yield from ReportedAction(action)
    except RowLocked:
        # Alone, and on another connection, it may wait longer: nobody else waits with it.
        (result,) = yield from applying_score_actions([action], Lane.SLOW_WRITE)
    if result.error:
        raise result.error
    return result


def _answers(actions: Sequence[ScoreAction], lane: Lane) -> Flow[list[ScoreActionResult | Exception]]:
    refusals = yield from _refusals(actions)
    allowed = [action for action, refusal in zip(actions, refusals, strict=True) if refusal is None]
    results = iter((yield from _applied(allowed, lane)) if allowed else [])
    return [next(results) if refusal is None else refusal for refusal in refusals]


def _refusals(actions: Sequence[ScoreAction]) -> Flow[Sequence[Exception | None]]:
    limit = settings.SCORE_UPDATES_PER_MINUTE
    if not limit:
        return [None] * len(actions)
    user_ids = [action.user_id for action in actions]
    return (yield from refusals_by_rate("score_updates", user_ids, limit, SECONDS_PER_MINUTE))


def _applied(actions: Sequence[ScoreAction], lane: Lane) -> Flow[list[ScoreActionResult]]:
    try:
        return (yield from applying_score_actions(actions, lane))
    except OperationalError as error:
        if lane is Lane.WRITE and isinstance(error.__cause__, LockNotAvailable):
            raise RowLocked from error
        raise
