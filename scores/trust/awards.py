"""Awards and deductions by a moderator: score events of a reserved type, through the write path."""

from action_types.services import ensure_reserved_action_type
from scoreboard_project.api.errors import InvalidRequest, UserNotFound
from scoreboard_project.audit.entries import record_change, user_target
from scoreboard_project.runtime.flows.flow import run
from scores.models import ADJUSTMENT, MAX_SCORE, UserScore
from scores.services.actions import RecordedAction, ScoreAction
from scores.services.apply import apply_score_actions
from scores.services.usernames import with_known_usernames


def award_points(user_id: str, points: int, *, reason: str, award_id: str) -> RecordedAction:
    """Add points, or deduct negative ones, once for each award id. Undo it by reversing its action.

    Raises UserNotFound, InvalidRequest, ActionNotAllowed if the score would leave its
    range, or Django's database errors.
    """
    if not points or abs(points) > MAX_SCORE:
        raise InvalidRequest("points must be a whole number other than 0, within ±2^53")
    if "\0" in user_id or not UserScore.objects.filter(user_id=user_id).exists():
        raise UserNotFound(details={"userId": user_id})
    ensure_reserved_action_type(ADJUSTMENT, description="A moderator's award or deduction", category="correction")
    # Clients cannot use this id: theirs have no spaces.
    action = ScoreAction(user_id, "", f"award {award_id}", ADJUSTMENT, {"reason": reason}, points=points)
    record_change("points.awarding", target=user_target(user_id), why=reason, new={"points": points, "id": award_id})
    (result,) = apply_score_actions(run(with_known_usernames([action])))
    if result.error:
        raise result.error
    recorded = result.recorded
    assert recorded is not None  # noqa: S101 - the error was raised
    if recorded.score_increment != points or not result.is_same_request:
        raise InvalidRequest("This id was used for another award", details={"id": award_id})
    if not result.is_replay:
        new = {"points": points, "id": award_id, "actionId": recorded.action_id, "newScore": recorded.new_score}
        record_change("points.awarded", target=user_target(user_id), why=reason, new=new)
    return recorded
