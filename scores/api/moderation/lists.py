"""`GET /moderations` and `GET /held-actions`: what moderators reversed, and what waits for them or was decided."""

from typing import Annotated, Any, Self

from msgspec import UNSET, Meta, UnsetType

from action_types.models import MAX_CODE_LENGTH
from scoreboard_project.api.calls import Call
from scoreboard_project.api.filters import Filter, read_filters
from scoreboard_project.api.paging import Pagination, Paging
from scoreboard_project.api.shapes import Moment, Shape
from scoreboard_project.tokens.claims.token_claims import MAX_USER_ID_LENGTH
from scores.api.leaderboard_entry import EXAMPLE_MOMENT
from scores.api.score_update import EXAMPLE_ACTION_ID
from scores.models import HeldAction, Moderation
from scores.trust.lists import HELD_STATUSES, MODERATION_STATUSES, list_held, list_moderations, status_of
from scores.trust.moderations import selection_of
from scores.trust.selections import Selection

PAGING = Paging.of(default_limit=50, max_limit=200)
MODERATION_FILTERS = {
    "user_id": Filter("userId", "Only those of everything of this user.", MAX_USER_ID_LENGTH),
    "status": Filter("status", "Only those with this status.", choices=tuple(MODERATION_STATUSES)),
}
HELD_FILTERS = {
    "user_id": Filter("userId", "Only those of this user.", MAX_USER_ID_LENGTH),
    "action_type": Filter("actionType", "Only those of this action type.", MAX_CODE_LENGTH),
    "status": Filter("status", "`held` waits for a moderator.", choices=HELD_STATUSES, default="held"),
}


class ChosenOutput(Shape):
    """Which events a moderation chose: so many by their ids, or everything of a user, an address or an action type."""

    until: Moment
    actions: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    user_id: str | UnsetType = UNSET
    ip_address: str | UnsetType = UNSET
    action_type: str | UnsetType = UNSET
    since: Moment | UnsetType = UNSET

    @classmethod
    def of(cls, selection: Selection) -> Self:
        assert selection.until is not None  # noqa: S101 - a stored selection has an end
        return cls(
            selection.until,
            actions=len(selection.action_ids) if selection.action_ids else UNSET,
            user_id=selection.user_id or UNSET,
            ip_address=selection.ip_address or UNSET,
            action_type=selection.action_type or UNSET,
            since=selection.since or UNSET,
        )


class ListedModeration(Shape):
    """`unfinished` was interrupted, or is running still: `run` finishes it."""

    moderation_id: str
    status: Annotated[str, Meta(extra_json_schema={"enum": list(MODERATION_STATUSES)})]
    chosen: ChosenOutput
    reason: str
    moderator: Annotated[str, Meta(description="Who began it, as the audit names them: `staff:ada`, `token:mod-1`.")]
    begun_at: Moment
    finished_at: Moment | None
    undone_at: Moment | None

    @classmethod
    def of(cls, row: Moderation) -> Self:
        chosen = ChosenOutput.of(selection_of(row))
        status, times = status_of(row), (row.created_at, row.finished_at, row.undone_at)
        return cls(row.moderation_id, status, chosen, row.reason, row.who, *times)


class ModerationListOutput(Shape):
    """A page of moderations, newest first."""

    moderations: list[ListedModeration]
    pagination: Pagination


class ListedHeldAction(Shape):
    """A held action, with all that may help to decide about it."""

    action_id: str
    user_id: str
    username: str
    action_type: str
    points: Annotated[int, Meta(description="What it was worth when it was reported, and is worth if approved.")]
    status: Annotated[str, Meta(extra_json_schema={"enum": list(HELD_STATUSES)})]
    reported_at: Moment
    metadata: dict[str, Any]
    ip_address: str
    user_agent: str
    decided_at: Moment | None
    decided_by: str
    reason: str

    @classmethod
    def of(cls, row: HeldAction) -> Self:
        return cls(
            *(row.action_id, row.user_id, row.username, row.action_type, row.score_increment, row.state),
            *(row.created_at, dict(row.metadata or {}), row.ip_address, row.user_agent),
            *(row.decided_at, row.decided_by, row.reason),
        )


class HeldActionListOutput(Shape):
    """A page of held actions."""

    held_actions: list[ListedHeldAction]
    pagination: Pagination


MODERATIONS_EXAMPLE = ModerationListOutput(
    [
        ListedModeration(
            "01a20bea-41cd-71f4-a177-4a740cca622f",
            "finished",
            ChosenOutput(EXAMPLE_MOMENT, user_id="user123"),
            "a speed hack",
            "token:mod-1",
            begun_at=EXAMPLE_MOMENT,
            finished_at=EXAMPLE_MOMENT,
            undone_at=None,
        )
    ],
    Pagination.of(limit=50, offset=0, total=1),
)
HELD_EXAMPLE = HeldActionListOutput(
    [
        ListedHeldAction(
            *(EXAMPLE_ACTION_ID, "user123", "player1", "BOSS_DEFEAT", 1000, "held", EXAMPLE_MOMENT),
            *({"boss": "Ovrik"}, "203.0.113.9", "game/1.4", None, "", ""),
        )
    ],
    Pagination.of(limit=50, offset=0, total=1),
)


def list_of_moderations(call: Call) -> ModerationListOutput:
    (limit, offset), wanted = PAGING.of_call(call), read_filters(call, MODERATION_FILTERS)
    rows, total = list_moderations(limit=limit, offset=offset, **wanted)
    page = Pagination.of(limit=limit, offset=offset, total=total)
    return ModerationListOutput([ListedModeration.of(row) for row in rows], page)


def list_of_held_actions(call: Call) -> HeldActionListOutput:
    (limit, offset), wanted = PAGING.of_call(call), read_filters(call, HELD_FILTERS)
    rows, total = list_held(limit=limit, offset=offset, **wanted)
    page = Pagination.of(limit=limit, offset=offset, total=total)
    return HeldActionListOutput([ListedHeldAction.of(row) for row in rows], page)
