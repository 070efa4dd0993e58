"""Holds users, and decides about held actions. An approved action counts with the value that it had when reported."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from scoreboard_project.api.errors import InvalidRequest, NotFound, UserNotFound
from scoreboard_project.audit.actor import current_actor
from scoreboard_project.audit.entries import record_change, user_target
from scoreboard_project.runtime.flows.flow import run
from scores.locks import no_erasure
from scores.models import HeldAction, UserScore
from scores.progress import Advance, unwatched
from scores.ranks.standings import database_now
from scores.services.actions import APPROVAL, ScoreAction
from scores.services.apply import apply_score_actions
from scores.services.usernames import with_known_usernames
from scores.trust.existence import check_action_type, check_actions, check_period, check_user_of_held, check_users
from scores.trust.selections import MAX_ACTIONS

BATCH = 500
WAITING = Q(state=HeldAction.State.HELD, applied_at=None)


class HeldSelection(msgspec.Struct, frozen=True):
    """Held actions: those that meet all that is given, which is one of the first three at least."""

    action_ids: list[str] | None = None
    user_id: str | None = None
    action_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Raises InvalidRequest."""
        if not (self.action_ids or self.user_id or self.action_type):
            raise InvalidRequest("Choose by actionIds, userId or actionType")
        if len(self.action_ids or ()) > MAX_ACTIONS:
            raise InvalidRequest(f"Choose at most {MAX_ACTIONS} actions by their ids")

    def check(self) -> None:
        """Raises InvalidRequest, InvalidActionType, UserNotFound or NotFound if it names what does not exist."""
        check_period(self.since, self.until)
        if self.action_type:
            check_action_type(self.action_type)
        if self.user_id:
            check_user_of_held(self.user_id)
        if self.action_ids:
            held = HeldAction.objects.filter(pk__in=self.action_ids).values_list("pk", flat=True)
            check_actions(self.action_ids, held, "There are no such held actions")
        if not self.matching().exists():
            raise NotFound("There are no such held actions")

    def waiting(self) -> QuerySet[HeldAction]:
        """Those that nobody has decided about, oldest first."""
        return self.matching().filter(WAITING)

    def matching(self) -> QuerySet[HeldAction]:
        """Also those that were decided about."""
        wanted = {
            "action_id__in": self.action_ids,
            "user_id": self.user_id,
            "action_type": self.action_type,
            "created_at__gte": self.since,
            "created_at__lt": self.until,
        }
        chosen = {name: value for name, value in wanted.items() if value}
        return HeldAction.objects.filter(**chosen)


@dataclass(frozen=True, slots=True)
class Decision:
    """How many actions it was about, and what they are worth together.

    `refused` of these wait again, because they would take a score out of its range. `already_decided` are others that
    were chosen too, and stay as they are.
    """

    actions: int
    points: int
    refused: int = 0
    already_decided: int = 0


def hold_users(user_ids: Sequence[str], *, reason: str) -> int:
    """Hold what the users do from now on. Returns how many users that changed.

    Raises UserNotFound for one who never scored; then nobody is held.
    """
    check_users(user_ids)
    return sum(_set_held(user_id, "user.held", reason, is_held=True) for user_id in user_ids)


def release_users(user_ids: Sequence[str], *, reason: str) -> int:
    """Undo `hold_users`. What is held already still waits for a decision."""
    check_users(user_ids)
    return sum(_set_held(user_id, "user.released", reason, is_held=False) for user_id in user_ids)


def _set_held(user_id: str, what: str, reason: str, *, is_held: bool) -> bool:
    with transaction.atomic():
        user = UserScore.objects.select_for_update().filter(pk=user_id).first() if "\0" not in user_id else None
        if user is None:
            raise UserNotFound(details={"userId": user_id})
        if user.is_held == is_held:
            return False
        UserScore.objects.filter(pk=user_id).update(is_held=is_held)
        old, new = {"isHeld": user.is_held}, {"isHeld": is_held}
        record_change(what, target=user_target(user_id), why=reason, old=old, new=new)
    return True


def preview_decision(selection: HeldSelection) -> Decision:
    """Changes nothing."""
    found = selection.waiting().aggregate(actions=Count("*"), points=Sum("score_increment"))
    decided = selection.matching().exclude(WAITING).count()
    return Decision(found["actions"], found["points"] or 0, already_decided=decided)


def approve_held(selection: HeldSelection, *, reason: str, advance: Advance = unwatched) -> Decision:
    """Count the actions, in the order in which they were reported. Interrupted, the next approval finishes it.

    Raises Django's database errors.
    """
    decided = _decide(selection, HeldAction.State.APPROVED, "actions.approved", reason)
    return replace(decided, refused=_count_approved(advance))


def reject_held(selection: HeldSelection, *, reason: str) -> Decision:
    """The actions never count."""
    return _decide(selection, HeldAction.State.REJECTED, "actions.rejected", reason)


def _decide(selection: HeldSelection, state: HeldAction.State, what: str, reason: str) -> Decision:
    with transaction.atomic():
        waiting = list(selection.waiting().select_for_update().values_list("action_id", "user_id", "score_increment"))
        decided = selection.matching().exclude(WAITING).count()
        decision = Decision(len(waiting), sum(points for _, _, points in waiting), already_decided=decided)
        HeldAction.objects.filter(pk__in=[action_id for action_id, _, _ in waiting]).update(
            state=state, decided_at=database_now(), decided_by=current_actor().who, reason=reason
        )
        users = {user_id for _, user_id, _ in waiting}
        target = user_target(users.pop()) if len(users) == 1 else "actions"
        if waiting:
            record_change(what, target=target, why=reason, new=_values(decision, waiting))
    return decision


def _values(decision: Decision, waiting: Sequence[tuple[str, str, int]]) -> dict[str, object]:
    named = [action_id for action_id, _, _ in waiting[:MAX_ACTIONS]]
    return {"actions": decision.actions, "points": decision.points, "actionIds": named}


def _count_approved(advance: Advance) -> int:
    """Count all that is approved, also by an approval that was interrupted. Nothing counts twice.

    Returns how many were refused.
    """
    approved = HeldAction.objects.filter(state=HeldAction.State.APPROVED, applied_at=None)
    refused = 0
    while counted := _count_some(approved):
        refused += counted.refused
        advance(counted.actions)
    return refused


def _count_some(approved: QuerySet[HeldAction]) -> Decision | None:
    with no_erasure():
        held = list(approved.order_by("created_at", "action_id")[:BATCH])
        return Decision(len(held), 0, _count_each(held)) if held else None


def _count_each(held: Sequence[HeldAction]) -> int:
    known = set(UserScore.objects.filter(pk__in={action.user_id for action in held}).values_list("pk", flat=True))
    actions = [_approval_of(action, is_known=action.user_id in known) for action in held]
    results = apply_score_actions(run(with_known_usernames(actions)))
    refused = {action.pk for action, result in zip(held, results, strict=True) if result.error}
    if refused:
        _let_wait_again(refused)
    counted = {action.pk for action in held} - refused
    HeldAction.objects.filter(pk__in=counted).update(applied_at=database_now())
    return len(refused)


def _let_wait_again(action_ids: Collection[str]) -> None:
    with transaction.atomic():
        HeldAction.objects.filter(pk__in=action_ids).update(
            state=HeldAction.State.HELD, decided_at=None, decided_by="", reason=""
        )
        why = "The score would leave its range"
        record_change("actions.wait_again", target="actions", why=why, new={"actionIds": sorted(action_ids)})


def _approval_of(held: HeldAction, *, is_known: bool) -> ScoreAction:
    """A new user has the name that came with the action; a known one may have another by now."""
    return ScoreAction(
        user_id=held.user_id,
        username="" if is_known else held.username,
        request_id=f"{APPROVAL}{held.action_id}",
        action_type=held.action_type,
        metadata=held.metadata or {},
        ip_address=held.ip_address,
        user_agent=held.user_agent,
        points=held.score_increment,
        action_id=held.action_id,
    )
