"""Writes actions to PostgreSQL in one transaction: for each action its request id, score and event, or nothing."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError
from psycopg.errors import AdminShutdown, CrashShutdown, DeadlockDetected, Error, SerializationFailure

from leaderboard.rank_belief import rank_belief
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.postgres.lanes import Lane
from scoreboard_project.runtime.postgres.outcome import OutcomeUnknown
from scoreboard_project.runtime.postgres.statement import Transaction
from scores.services.actions import ScoreAction
from scores.services.judged import Written, judged_write, ruled_types
from scores.services.writes import leaves_the_score_range, write_each_alone, write_together

WRITE_TRIES = 3
# PostgreSQL has rolled back. The two shutdowns also end the session; the client learns of it at its next statement.
ROLLED_BACK = (DeadlockDetected, SerializationFailure, AdminShutdown, CrashShutdown)
# Raised by refuse_unjudged and refuse_held in PostgreSQL: nothing is stored.
UNJUDGED = "SB001"

Answer = TypeVar("Answer")


def insert_score_actions(actions: Sequence[ScoreAction], lane: Lane) -> Flow[Written]:
    """Commit the actions. Raises Django's database errors; nothing is stored then."""
    ways = [] if ruled_types.include_any(actions) else [_unjudged]
    # If a moderator begins to hold a user between the look at the rules and the write, that is looked at again.
    for way in (*ways, *[_judged] * (WRITE_TRIES - 1)):
        try:
            return (yield from _within_the_score_range(partial(way, actions, lane)))
        except DatabaseError as error:
            if not (isinstance(error.__cause__, Error) and error.__cause__.sqlstate == UNJUDGED):
                raise
    return (yield from _within_the_score_range(partial(_judged, actions, lane)))


def _unjudged(actions: Sequence[ScoreAction], lane: Lane, *, together: bool) -> Flow[Written]:
    applied, refused = yield from (write_together if together else write_each_alone)(actions, lane)
    return Written(applied, refused, {})


def _judged(actions: Sequence[ScoreAction], lane: Lane, *, together: bool) -> Flow[Written]:
    write = write_together if together else write_each_alone
    return iter(Transaction(lambda: judged_write(actions, lambda sent, moment: write(sent, lane, moment)), lane))


def _within_the_score_range(write: Callable[..., Flow[Answer]]) -> Flow[Answer]:
    """If a score would leave its range, write each action alone, so that only those fail that would take it out."""
    try:
        return (yield from _with_retries(lambda: write(together=True)))
    except IntegrityError as error:
        if not leaves_the_score_range(error):
            raise
    return (yield from _with_retries(lambda: write(together=False)))


def _with_retries(write: Callable[[], Flow[Answer]]) -> Flow[Answer]:
    tries_left = WRITE_TRIES
    while True:
        try:
            return (yield from write())
        except OperationalError as error:
            _doubt_ranks_after(error)
            tries_left -= 1
            if not tries_left or not isinstance(error.__cause__, ROLLED_BACK):
                raise


def _doubt_ranks_after(error: OperationalError) -> None:
    """If the actions were committed, the rank index does not have them, and a retry would find them done."""
    if isinstance(error.__cause__, OutcomeUnknown):
        rank_belief.doubt("PostgreSQL did not say whether it had recorded actions")
