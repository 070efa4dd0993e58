"""Orders about users: hide, ban and hold them, revoke their tokens, award or deduct points."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from leaderboard.types import BoardRow
from scoreboard_project.tokens.revocations import revoke_tokens
from scores.admin.moderating.order import MAX_SHOWN, Foresight, Order, Table, counted, signed
from scores.models import ModeratedUser, UserScore
from scores.trust.awards import award_points
from scores.trust.previews import top_of_board
from scores.trust.quarantine import hold_users, release_users
from scores.trust.visibility import ban_users, hide_users, show_users, unban_users

USER_HEADINGS = ("User", "Username", "Score", "State")
Top = Callable[[Collection[str]], list[BoardRow]]


@dataclass(frozen=True, slots=True)
class UserStep:
    """`work` is the service. `top` says how the board would look, where the step changes it."""

    title: str
    explanation: str
    work: Callable[..., int]
    done: str
    top: Top | None = None


def _top_without(user_ids: Collection[str]) -> list[BoardRow]:
    return top_of_board(without=user_ids)


def _top_with_shown(user_ids: Collection[str]) -> list[BoardRow]:
    return _top_with(user_ids, is_banned=False)


def _top_with_unbanned(user_ids: Collection[str]) -> list[BoardRow]:
    return _top_with(user_ids, is_hidden=False)


def _top_with(user_ids: Collection[str], **state: bool) -> list[BoardRow]:
    back = ModeratedUser.objects.filter(pk__in=user_ids, **state)
    return top_of_board(with_hidden=list(back.values_list("pk", flat=True)))


USER_STEPS: Mapping[str, UserStep] = {
    "hide": UserStep("Hide", "They leave every board, and may play on.", hide_users, "hidden", _top_without),
    "show": UserStep(
        "Show again", "They come back to the boards. Banned ones stay hidden.", show_users, "shown", _top_with_shown
    ),
    "ban": UserStep("Ban", "Their tokens are refused, and they are hidden.", ban_users, "banned", _top_without),
    "unban": UserStep(
        "End the ban of",
        "Their tokens are valid again. Those who were hidden too stay hidden.",
        unban_users,
        "no longer banned",
        _top_with_unbanned,
    ),
    "hold": UserStep("Hold", "What they do from now on waits for a moderator.", hold_users, "held"),
    "release": UserStep(
        "Release", "What they do counts at once. What is held already still waits.", release_users, "released"
    ),
    "revoke": UserStep(
        "Revoke the tokens of",
        "Those that they have now are refused. They may get new ones.",
        revoke_tokens,
        "without valid tokens",
    ),
}


class ModerateUsers(Order):
    """One of USER_STEPS, for some users."""

    def __init__(self, step: UserStep, user_ids: Sequence[str]) -> None:
        self.step, self.user_ids = step, user_ids
        self.title = f"{step.title} {counted(len(user_ids), 'user')}"
        self.explanation = step.explanation

    def foresee(self) -> Foresight:
        top = self.step.top(self.user_ids) if self.step.top else None
        return Foresight(table=_table(self.user_ids), top=top)

    def carry_out(self, reason: str) -> str:
        changed = self.step.work(self.user_ids, reason=reason)
        same = len(self.user_ids) - changed
        unchanged = f" {counted(same, 'user')} stayed as before." if same else ""
        return f"{counted(changed, 'user')} {'is' if changed == 1 else 'are'} now {self.step.done}.{unchanged}"


class AwardPoints(Order):
    """`award_id` comes with the page, so that a page that is sent twice awards once."""

    def __init__(self, user_id: str, points: int, award_id: str) -> None:
        self.user_id, self.points, self.award_id = user_id, points, award_id
        verb = "Award" if points > 0 else "Deduct"
        self.title = f"{verb} {abs(points):,} points"
        self.explanation = "They are a score event of the user. To undo it, reverse that event."

    def foresee(self) -> Foresight:
        top = top_of_board(Counter({self.user_id: self.points}))
        score = UserScore.objects.get(pk=self.user_id).current_score
        facts = [("Score", f"{score:,} → {score + self.points:,} ({signed(self.points)})")]
        return Foresight(facts, _table([self.user_id]), top)

    def carry_out(self, reason: str) -> str:
        recorded = award_points(self.user_id, self.points, reason=reason, award_id=self.award_id)
        return f"{self.user_id}: {signed(self.points)} points. The new score is {recorded.new_score:,}."


def with_states(users: QuerySet[UserScore]) -> QuerySet[UserScore]:
    """For `state_words`: a banned user need not be hidden beyond that."""
    moderated = ModeratedUser.objects.filter(pk=OuterRef("pk"))
    return users.annotate(
        is_banned_itself=Exists(moderated.filter(is_banned=True)),
        is_hidden_itself=Exists(moderated.filter(is_hidden=True)),
    )


def state_words(user: Any) -> list[str]:  # noqa: ANN401 - a user of `with_states`
    """What moderators decided: nothing about most users."""
    states = {"banned": user.is_banned_itself, "hidden": user.is_hidden_itself, "held": user.is_held}
    return [word for word, holds in states.items() if holds]


def _table(user_ids: Sequence[str]) -> Table:
    shown = user_ids[:MAX_SHOWN]
    users = with_states(UserScore.objects.all()).in_bulk(shown)
    rows = [
        (user.pk, user.username, f"{user.current_score:,}", ", ".join(state_words(user)))
        if (user := users.get(user_id))
        else (user_id, "", "never scored", "")
        for user_id in shown
    ]
    return Table(USER_HEADINGS, rows, len(user_ids))
