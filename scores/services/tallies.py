"""Counts of a user's actions of a type, for the rules that have limits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Self

from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.postgres.statement import Statement
from scores.services.actions import AppliedAction, QuarantinedAction
from scores.sql.statements import statement_of

# A user id and an action type.
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Tally:
    """A row of `lock_tallies.sql`. `day` is the UTC day of `day_total`; events after `counted_to` are not counted."""

    user_id: str
    action_type: str
    total: int = 0
    last_at: datetime | None = None
    day: date | None = None
    day_total: int = 0
    counted_to: datetime | None = None

    @property
    def pair(self) -> Pair:
        return self.user_id, self.action_type

    def done_on(self, day: date) -> int:
        return self.day_total if self.day == day else 0

    def with_event(self, moment: datetime) -> Self:
        """One more, at this moment."""
        today = moment.astimezone(UTC).date()
        return replace(
            self,
            total=self.total + 1,
            last_at=moment,
            day=today,
            day_total=self.done_on(today) + 1,
            counted_to=moment,
        )


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A row of `uncounted_events.sql`."""

    total: int
    today: int
    last_at: datetime | None
    counted_to: datetime | None
    recent: list[datetime]

    def added_to(self, tally: Tally, today: date) -> Tally:
        return replace(
            tally,
            total=tally.total + self.total,
            last_at=self.last_at or tally.last_at,
            day=today,
            day_total=tally.done_on(today) + self.today,
            counted_to=self.counted_to or tally.counted_to,
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """A tally that counts everything, and the times of the latest actions within an hour, newest first."""

    tally: Tally
    recent: tuple[datetime, ...] = ()

    def with_event(self, moment: datetime) -> Self:
        return replace(self, tally=self.tally.with_event(moment), recent=(moment, *self.recent))


def lock_tallies(pairs: Collection[Pair]) -> Flow[dict[Pair, Tally]]:
    """The tallies, each made if necessary, and locked until the end of the transaction."""
    if not pairs:
        return {}
    user_ids, action_types = zip(*pairs, strict=True)
    parameters = {"user_ids": list(user_ids), "action_types": list(action_types)}
    rows = yield from statement_of("lock_tallies", Tally, parameters)
    return {tally.pair: tally for tally in rows}


def count_up(
    tallies: Mapping[Pair, Tally], most_recent: Mapping[str, int], moment: datetime
) -> Flow[dict[Pair, Counted]]:
    """Locked tallies with all that is committed. `most_recent`: by action type, how many of the latest to look up."""
    if not tallies:
        return {}
    today = moment.astimezone(UTC).date()
    rows = yield from statement_of(
        "uncounted_events",
        Uncounted,
        {
            "user_ids": [tally.user_id for tally in tallies.values()],
            "action_types": [tally.action_type for tally in tallies.values()],
            "counted_to": [tally.counted_to for tally in tallies.values()],
            "most_recent": [most_recent.get(tally.action_type, 0) for tally in tallies.values()],
            "moment": moment,
            "midnight": datetime.combine(today, time(), UTC),
        },
    )
    return {
        pair: Counted(row.added_to(tally, today), tuple(row.recent))
        for (pair, tally), row in zip(tallies.items(), rows, strict=True)
    }


def save_tallies(counted: Mapping[Pair, Counted], written: Collection[AppliedAction | QuarantinedAction]) -> Flow[None]:
    """Store what was counted, with the actions that were written since."""
    if not counted:
        return
    tallies = {pair: each.tally for pair, each in counted.items()}
    for row in written:
        if tally := tallies.get((row.user_id, row.action_type)):
            tallies[tally.pair] = tally.with_event(row.processed_at)
    yield from _saving(list(tallies.values()))


def _saving(tallies: list[Tally]) -> Statement[str]:
    return statement_of(
        "save_tallies",
        str,
        {
            "user_ids": [tally.user_id for tally in tallies],
            "action_types": [tally.action_type for tally in tallies],
            "totals": [tally.total for tally in tallies],
            "last_ats": [tally.last_at for tally in tallies],
            "days": [tally.day for tally in tallies],
            "day_totals": [tally.day_total for tally in tallies],
            "counted_tos": [tally.counted_to for tally in tallies],
        },
    )
