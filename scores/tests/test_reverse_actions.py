"""`manage.py reverse_actions`: an action is reversed once, by an event that names the reversed one."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Q, Sum

from scoreboard_project.testing.cast import ANA, BOB, Player
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.threads import in_threads
from scores.models import REVERSAL, ScoreEvent, ScoreRequest, UserScore
from scores.operations.erasure import erase_user
from scores.ranks.drift import check_rank_index

pytestmark = pytest.mark.usefixtures("scoreboard")


def run(*action_ids: str, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("reverse_actions", *action_ids, reason="a cheat", json=True, stdout=out, **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def action_id(player: Player, action_type: str = "LEVEL_COMPLETE") -> str:
    recorded = player.act(action_type).recorded
    assert recorded
    return recorded.action_id


def score(player: Player) -> int:
    return UserScore.objects.get(pk=player.user_id).current_score


def ledger_is_true() -> bool:
    own = Count("pk", filter=~Q(action_type=REVERSAL))
    sums = ScoreEvent.objects.values_list("user_id").annotate(sum=Sum("score_increment"), own=own, all=Count("*"))
    kept = UserScore.objects.values_list("user_id", "current_score", "total_actions", "version")
    return set(sums) == set(kept)


def test_it_takes_back_what_the_action_was_worth_and_names_it() -> None:
    bad = action_id(ANA, "BOSS_DEFEAT")
    action_id(ANA)
    assert run(bad) == {"reversed": 1, "points": -1000, "already_reversed": 0, "refused": 0, "problems": []}
    assert score(ANA) == 150
    event = ScoreEvent.objects.get(action_type=REVERSAL)
    assert event.metadata == {"reverses": ScoreEvent.objects.get(action_id=bad).event_id, "reason": "a cheat"}
    assert ledger_is_true()
    assert check_rank_index().is_clean


def test_an_action_is_reversed_once() -> None:
    bad = action_id(ANA)
    assert run(bad, bad)["reversed"] == 1
    again = run(bad)
    assert (again["reversed"], again["already_reversed"]) == (0, 1)
    assert score(ANA) == 0


def test_ten_operators_at_once_reverse_it_once() -> None:
    bad = action_id(ANA)
    found = in_threads(lambda _: run(bad), range(10))
    assert sum(summary["reversed"] for summary in found) == 1
    assert score(ANA) == 0


def test_it_is_known_as_reversed_when_its_request_is_purged() -> None:
    bad = action_id(ANA)
    run(bad)
    ScoreRequest.objects.all().delete()
    assert run(bad)["already_reversed"] == 1


def test_it_is_known_as_reversed_when_its_user_is_erased() -> None:
    bad = action_id(ANA)
    run(bad)
    erase_user("ana")
    assert "cheat" not in str(list(ScoreEvent.objects.values()))
    assert run(bad)["already_reversed"] == 1


def test_a_client_cannot_take_the_reversals_request_id(game: Game) -> None:
    bad = game.update(ANA).data["actionId"]
    refused = game.update(ANA, **{"X-Request-ID": f"reversal of {bad}"})
    assert refused.failed_with(400, "INVALID_REQUEST")


def test_a_game_cannot_report_a_reversal(game: Game) -> None:
    run(action_id(ANA))
    assert game.update(ANA, {"actionType": REVERSAL}).failed_with(400, "INVALID_ACTION_TYPE")


def test_reversing_a_reversal_lets_the_action_count_again() -> None:
    run(action_id(ANA))
    run(ScoreEvent.objects.get(action_type=REVERSAL).action_id)
    assert score(ANA) == 150
    assert ledger_is_true()


def test_all_actions_of_a_user_may_be_reversed() -> None:
    for player in (ANA, ANA, BOB):
        action_id(player)
    assert run(user="ana")["points"] == -300
    assert (score(ANA), score(BOB)) == (0, 150)
    assert run(user="ana")["already_reversed"] == 2


def test_a_users_actions_may_be_bounded_in_time() -> None:
    for _ in range(3):
        action_id(ANA)
    _, middle, last = (event.created_at.isoformat() for event in ScoreEvent.objects.order_by("created_at"))
    assert run("--since", middle, "--until", last, user="ana")["reversed"] == 1


def test_a_dry_run_changes_nothing() -> None:
    bad = action_id(ANA)
    assert run(bad, dry_run=True)["points"] == -150
    assert score(ANA) == 150


def test_an_unknown_action_is_named_and_the_others_are_reversed() -> None:
    bad, err = action_id(ANA), StringIO()
    with pytest.raises(CommandError, match="1 actions cannot be reversed"):
        call_command("reverse_actions", "action_none", bad, reason="x", stdout=StringIO(), stderr=err)
    assert "action_none: there is no such action" in err.getvalue()
    assert score(ANA) == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "Give either"),
        (["action_x", "--user", "ana"], "Give either"),
        (["action_x", "--since", "2026-01-01"], "need --user"),
        (["--user", "ana", "--since", "yesterday"], "is not an ISO 8601 time"),
        (["action_x", "--reason", "\n"], "printable"),
    ],
)
def test_it_says_what_it_needs(arguments: list[str], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        call_command("reverse_actions", "--reason", "a cheat", *arguments)
