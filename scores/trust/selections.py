"""Which score events a moderator means: some actions, or everything of a user, an address or an action type."""

from datetime import datetime
from typing import NamedTuple, Self

import msgspec
from django.db import connection, transaction
from django.db.models import QuerySet

from scoreboard_project.api.errors import InvalidRequest, NotFound
from scores.models import REVERSAL, ScoreEvent
from scores.trust.existence import check_action_type, check_actions, check_period, check_users, stored_address

BATCH = 2000
MAX_ACTIONS = 1000
# Keeps the memory within bounds.
MAX_EVENTS = 1_000_000


class Selection(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Exactly one of the first four. Of an address and an action type only between two times."""

    action_ids: list[str] | None = None
    user_id: str | None = None
    ip_address: str | None = None
    action_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Raises InvalidRequest."""
        chosen = [self.action_ids, self.user_id, self.ip_address, self.action_type]
        if sum(bool(each) for each in chosen) != 1:
            raise InvalidRequest("Choose by exactly one of actionIds, userId, ipAddress and actionType")
        if len(self.action_ids or ()) > MAX_ACTIONS:
            raise InvalidRequest(f"Choose at most {MAX_ACTIONS} actions by their ids")
        # Without an index on them, PostgreSQL reads all events of that time.
        if (self.ip_address or self.action_type) and not self.since:
            raise InvalidRequest("Events of an address or of an action type need a time from which on: since")
        if self.action_type == REVERSAL:
            raise InvalidRequest("Undo a moderation, rather than reverse all reversals")
        if self.since and self.until and self.since >= self.until:
            raise InvalidRequest("since must be earlier than until")

    def ending(self, moment: datetime) -> Self:
        """The same with an end at the latest then, so that it chooses the same events whenever it is asked."""
        return msgspec.structs.replace(self, until=min(self.until or moment, moment))

    def checked(self) -> Self:
        """The same, with its address as events have it.

        Raises InvalidRequest, InvalidActionType, UserNotFound or NotFound if it names what does not exist.
        """
        check_period(self.since, self.until)
        if self.user_id:
            check_users([self.user_id])
        if self.action_type:
            check_action_type(self.action_type)
        if self.action_ids:
            events = ScoreEvent.objects.filter(action_id__in=self.action_ids)
            check_actions(self.action_ids, events.values_list("action_id", flat=True), "There are no such actions")
        return msgspec.structs.replace(self, ip_address=stored_address(self.ip_address)) if self.ip_address else self

    @property
    def limits(self) -> dict[str, object]:
        """For the audit, beside the target. An erasure reaches only the target: no user id here."""
        actions = {"actionIds": self.action_ids} if self.action_ids else {}
        return {"since": self.since, "until": self.until, **actions}

    @property
    def target(self) -> str:
        """For the audit."""
        for kind, value in (("user", self.user_id), ("address", self.ip_address), ("action_type", self.action_type)):
            if value:
                return f"{kind}:{value}"
        return "actions"


class ChosenEvent(NamedTuple):
    """What is needed to reverse it."""

    event_id: str
    action_id: str
    user_id: str
    points: int


def chosen_events(selection: Selection) -> list[ChosenEvent]:
    """The events, oldest first, without reversals. Raises InvalidRequest if there are more than MAX_EVENTS."""
    events = _matching(selection).exclude(action_type=REVERSAL).order_by("created_at", "event_id")
    rows = events.values_list("event_id", "action_id", "user_id", "score_increment")[: MAX_EVENTS + 1]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        found = [ChosenEvent(*row) for row in rows.iterator(BATCH)]
    if len(found) > MAX_EVENTS:
        raise InvalidRequest(f"There are more than {MAX_EVENTS} events. Choose a shorter time")
    return found


def some_events(selection: Selection) -> list[ChosenEvent]:
    """`chosen_events`. Raises NotFound if there are none."""
    if found := chosen_events(selection):
        return found
    raise NotFound("There are no such events", details={"chosen": selection.target})


def _matching(selection: Selection) -> QuerySet[ScoreEvent]:
    wanted = {
        "action_id__in": selection.action_ids,
        "user_id": selection.user_id,
        "ip_address": selection.ip_address,
        "action_type": selection.action_type,
        "created_at__gte": selection.since,
        "created_at__lt": selection.until,
    }
    return ScoreEvent.objects.filter(**{name: value for name, value in wanted.items() if value})
