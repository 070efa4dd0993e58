"""`POST /users/{userId}/…`: what moderators do to one user, such as to hide, to ban and to award points."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any, ClassVar, Protocol

from django.conf import settings
from django.http import HttpResponse
from msgspec import Meta
from rest_framework.request import Request

from scoreboard_project.api import errors
from scoreboard_project.api.calls import Call
from scoreboard_project.api.openapi.description import BEARER, describe, success_response
from scoreboard_project.api.shapes import Body, Shape, read_body
from scoreboard_project.tokens.revocations import revoke_tokens
from scores.api.idempotency import RequestIdentity
from scores.api.leaderboard_entry import Score
from scores.api.moderation.view import MODERATOR_ERRORS, ModerationView, Reason, ReasonInput
from scores.api.score_update import EXAMPLE_ACTION_ID
from scores.api.user_id_parameter import UNKNOWN_USER, USER_ID
from scores.models import MAX_SCORE
from scores.trust.awards import award_points
from scores.trust.quarantine import hold_users, release_users
from scores.trust.user_states import states_of
from scores.trust.visibility import ban_users, hide_users, show_users, unban_users


class Moderate(Protocol):
    """Changes users, and returns how many that changed."""

    def __call__(self, user_ids: Sequence[str], *, reason: str) -> int: ...


class UserModerationOutput(Shape):
    """What holds for the user now. `changed` is false if it was so already."""

    user_id: str
    changed: bool
    is_hidden: Annotated[bool, Meta(description="On no board: hidden, banned, or both.")]
    is_banned: bool
    is_held: bool
    has_scored: Annotated[
        bool, Meta(description="False for an id without any score: make sure that it is the right one.")
    ]


class AwardInput(Body):
    """Points to add, or to deduct if negative."""

    points: Annotated[int, Meta(ge=-MAX_SCORE, le=MAX_SCORE, description="Not 0.")]
    reason: Reason


class AwardOutput(Shape):
    """The score event of the award."""

    user_id: str
    action_id: str
    points: int
    new_score: Score


EXAMPLE = UserModerationOutput("user123", changed=True, is_hidden=True, is_banned=False, is_held=False, has_scored=True)
EXAMPLE_AWARD = AwardOutput("user123", EXAMPLE_ACTION_ID, 500, 15920)


def _moderating(moderate: Moderate) -> Callable[[Call], UserModerationOutput]:
    def act(call: Call) -> UserModerationOutput:
        sent = read_body(call.json(most_bytes=settings.MAX_BODY_BYTES), ReasonInput)
        user_id = call.parameters["user_id"]
        changed = moderate([user_id], reason=sent.reason) > 0
        return UserModerationOutput(user_id, changed=changed, **asdict(states_of([user_id])[user_id]))

    return act


def award(call: Call) -> AwardOutput:
    sent = read_body(call.json(most_bytes=settings.MAX_BODY_BYTES), AwardInput)
    user_id, identity = call.parameters["user_id"], RequestIdentity.of(call)
    recorded = award_points(user_id, sent.points, reason=sent.reason, award_id=identity.request_id)
    return AwardOutput(user_id, recorded.action_id, recorded.score_increment, recorded.new_score)


def _described(operation_id: str, summary: str, description: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return describe(
        operation_id=operation_id,
        summary=summary,
        description=f"Needs the scope `scores:moderate`. {description}",
        tags=["moderation"],
        auth=BEARER,
        parameters=[USER_ID],
        request=ReasonInput,
        responses={200: success_response("UserModerationResponse", "It is so now", EXAMPLE)},
        errors=[*MODERATOR_ERRORS, UNKNOWN_USER],
    )


class HideView(ModerationView):
    acts: ClassVar = {"POST": _moderating(hide_users)}

    @_described(
        "hideUser",
        "Take a user off every board",
        "The user is in no board, rank, count or page, and goes on scoring without a rank. `show` undoes it.",
    )
    def post(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)


class ShowView(ModerationView):
    acts: ClassVar = {"POST": _moderating(show_users)}

    @_described("showUser", "Put a hidden user back", "A banned user stays hidden until the ban ends.")
    def post(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)


class BanView(ModerationView):
    acts: ClassVar = {"POST": _moderating(ban_users)}

    @_described(
        "banUser",
        "Refuse a user's tokens, and hide the user",
        "When this answers, every process refuses the tokens. Open sockets are closed with 4403.",
    )
    def post(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)


class UnbanView(ModerationView):
    acts: ClassVar = {"POST": _moderating(unban_users)}

    @_described("unbanUser", "End a ban", "A user who was hidden too stays hidden.")
    def post(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)


class RevokeTokensView(ModerationView):
    acts: ClassVar = {"POST": _moderating(revoke_tokens)}

    @_described(
        "revokeTokens",
        "Refuse every token that a user has now",
        "When this answers, every process refuses them with `INVALID_TOKEN`. Open sockets are closed with 4401. Tokens "
        "that are issued afterwards are valid. For game servers and staff too.",
    )
    def post(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)


class HoldView(ModerationView):
    acts: ClassVar = {"POST": _moderating(hold_users)}

    @_described(
        "holdUser",
        "Let a user's actions wait for a moderator",
        "From now on they are answered with `status: pending` and change no score until they are approved.",
    )
    def post(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)


class ReleaseView(ModerationView):
    acts: ClassVar = {"POST": _moderating(release_users)}

    @_described("releaseUser", "Let a user's actions count again", "What is held already still waits for a decision.")
    def post(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)


class AwardView(ModerationView):
    acts: ClassVar = {"POST": award}

    @describe(
        operation_id="awardPoints",
        summary="Award points to a user, or deduct them",
        description=(
            "Needs the scope `scores:moderate`. Send an `Idempotency-Key` to make retries safe. Reversing its action "
            "undoes it."
        ),
        tags=["moderation"],
        auth=BEARER,
        parameters=[USER_ID],
        request=AwardInput,
        responses={200: success_response("AwardResponse", "The points are counted", EXAMPLE_AWARD)},
        errors=[*MODERATOR_ERRORS, UNKNOWN_USER, errors.ActionNotAllowed(details={"rule": "score_range"})],
    )
    def post(self, request: Request, user_id: str) -> HttpResponse:
        return self.reply(request, user_id=user_id)
