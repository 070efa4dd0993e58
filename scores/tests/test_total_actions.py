"""`totalActions` is what the user did: what an operator does to the score moves it, and is not an action."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from action_types.models import ActionType
from leaderboard.rank_index import RankIndex
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game
from scores.models import OPERATOR_TYPES, REVERSAL, ScoreEvent, UserScore
from scores.operations.erasure import erase_user
from scores.operations.reversals import reverse_actions
from scores.ranks.drift import check_rank_index
from scores.services.actions import ScoreAction
from scores.services.apply import apply_score_actions


def shown(game: Game, user_id: str = "ana") -> tuple[int, int, float]:
    """Score, actions, and points per action, as the API shows them."""
    found = game.get(f"users/{user_id}/scores").data
    return found["score"], found["totalActions"], found["averageScorePerAction"]


def today(game: Game) -> dict[str, Any]:
    found: dict[str, Any] = game.get("users/ana/scores/daily?days=1").data["days"][0]
    return found


def import_file(directory: Path, text: str) -> None:
    path = directory / "scores.csv"
    path.write_text(text)
    call_command("import_scores", str(path), json=True)


def test_a_reversal_is_not_an_action_and_the_reversed_action_still_is_one(game: Game) -> None:
    game.update(ANA, {"actionType": "BOSS_DEFEAT"})
    bad = game.update(ANA).data["actionId"]
    reverse_actions([bad], reason="a cheat")
    assert shown(game) == (1000, 2, 500.0)
    reverse_actions([ScoreEvent.objects.get(action_type=REVERSAL).action_id], reason="it was none")
    assert shown(game) == (1150, 2, 575.0)
    assert (today(game)["score"], today(game)["actions"]) == (1150, 2)


def test_an_opening_balance_is_not_an_action_and_an_imported_action_is_one(game: Game, tmp_path: Path) -> None:
    import_file(tmp_path, "userId,score\nana,5000\n")
    assert shown(game) == (5000, 0, 0.0)
    import_file(tmp_path, "userId,actionType\nana,BOSS_DEFEAT\n")
    assert shown(game) == (6000, 1, 6000.0)
    assert (today(game)["score"], today(game)["actions"]) == (6000, 1)


@pytest.mark.usefixtures("scoreboard")
def test_the_index_takes_every_change_of_a_score_for_a_newer_one() -> None:
    ANA.act()
    BOB.act("BOSS_DEFEAT")
    recorded = ANA.act("BOSS_DEFEAT").recorded
    assert recorded
    assert RankIndex().ranks_of(["ana"]) == {"ana": 1}
    reverse_actions([recorded.action_id], reason="a cheat")
    assert RankIndex().ranks_of(["ana"]) == {"ana": 2}
    assert UserScore.objects.get(user_id="ana").version == 3
    assert check_rank_index().is_clean


def test_the_first_action_after_an_opening_balance_had_a_rank_before(game: Game, tmp_path: Path) -> None:
    import_file(tmp_path, "userId,score\nana,10\nbob,20\n")
    found = game.update(ANA).data
    assert (found["previousRank"], found["newRank"]) == (2, 1)


@pytest.mark.parametrize("action_type", OPERATOR_TYPES)
def test_no_game_reports_what_only_the_operator_does_even_if_the_type_is_active(game: Game, action_type: str) -> None:
    ActionType.objects.create(action_type=action_type, score_value=5, is_active=True)
    assert game.update(ANA, {"actionType": action_type}).failed_with(400, "INVALID_ACTION_TYPE")
    (result,) = game.batch([{"userId": "ana", "requestId": "r1", "actionType": action_type}]).data["results"]
    assert result["error"]["code"] == "INVALID_ACTION_TYPE"
    assert not ScoreEvent.objects.exists()


@pytest.mark.usefixtures("scoreboard")
def test_erasure_keeps_the_number_of_actions_and_of_events() -> None:
    recorded = ANA.act().recorded
    assert recorded
    reverse_actions([recorded.action_id], reason="a cheat")
    erased, _ = erase_user("ana")
    user = UserScore.objects.get(user_id=erased)
    assert (user.total_actions, user.version) == (1, 2)
    assert check_rank_index().is_clean


@pytest.mark.usefixtures("scoreboard")
def test_a_batch_of_both_kinds_counts_each_for_what_it_is() -> None:
    BOB.act()
    reverse_actions([BOB.act().recorded.action_id], reason="so that the type is there")  # type: ignore[union-attr]
    given = [ScoreAction("ana", "Ana", f"given {number}", REVERSAL, points=5) for number in range(3)]
    apply_score_actions([*given, ANA.action(), ANA.action()])
    user = UserScore.objects.get(user_id="ana")
    assert (user.current_score, user.total_actions, user.version) == (315, 2, 5)


@pytest.mark.usefixtures("scoreboard")
def test_new_users_of_one_batch_with_equal_scores_stay_in_the_order_of_the_batch() -> None:
    apply_score_actions([BOB.action(), ANA.action()])
    assert RankIndex().ranks_of(["bob", "ana"]) == {"bob": 1, "ana": 2}


def test_the_published_description_says_what_counts(game: Game) -> None:
    fields = game.get("schema").body["components"]["schemas"]["Player"]["properties"]
    assert "opening balance" in fields["totalActions"]["description"]
    assert "totalActions" in fields["averageScorePerAction"]["description"]
