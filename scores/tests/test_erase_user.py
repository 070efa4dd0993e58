"""`manage.py erase_user`: removes everything that identifies the user, and keeps the score."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from leaderboard.rank_index import RankIndex
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.testing.cast import BOB
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.waiting import redis_answers, wait_for
from scores.models import ScoreEvent, ScoreRequest, UserScore
from scores.ranks.drift import check_rank_index
from scores.ranks.rebuild import rebuild_rank_index
from scores.services.actions import ScoreAction
from scores.services.apply import apply_score_actions

SECRET = ScoreAction(
    "ana", "Ana Karenina", "ana-1", "BOSS_DEFEAT", {"mail": "ana@example.com"}, "203.0.113.9", "Anaphone"
)


def erase(user_id: str) -> dict[str, Any]:
    out = StringIO()
    call_command("erase_user", user_id, yes=True, json=True, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def everything() -> str:
    rows = [list(model.objects.values()) for model in (UserScore, ScoreEvent, ScoreRequest)]
    return str(rows)


def test_nothing_that_says_who_it_was_is_left(game: Game) -> None:
    apply_score_actions([SECRET])
    BOB.act()
    game.board()
    erased = erase("ana")["erasedAs"]
    for trace in ("'ana'", "Karenina", "ana-1", "example.com", "203.0.113.9", "Anaphone"):
        assert trace not in everything()
    assert [(row["userId"], row["username"]) for row in game.board()] == [(erased, "Erased player"), ("bob", "Bob")]
    assert RankIndex().ranks_of(["ana", erased]) == {erased: 1}
    assert game.get("users/ana/scores").failed_with(404, "USER_NOT_FOUND")


def test_the_sums_of_the_ledger_stay(game: Game) -> None:
    apply_score_actions([SECRET])
    erased = erase("ana")["erasedAs"]
    user = UserScore.objects.get(user_id=erased)
    assert (user.current_score, user.total_actions) == (1000, 1)
    assert ScoreEvent.objects.filter(user_id=erased).aggregate(sum=Sum("score_increment"))["sum"] == 1000
    assert check_rank_index().is_clean


def test_who_comes_back_begins_anew(game: Game, ana: Any) -> None:
    apply_score_actions([SECRET])
    erase("ana")
    assert game.update(ana).data["newScore"] == 150
    assert UserScore.objects.count() == 2


def test_a_second_time_there_is_nobody(scoreboard: None) -> None:
    apply_score_actions([SECRET])
    erase("ana")
    with pytest.raises(CommandError, match="There is no user 'ana'"):
        erase("ana")


@pytest.mark.parametrize("answer", ["", "no", "y"])
def test_it_asks_first(scoreboard: None, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    apply_score_actions([SECRET])
    monkeypatch.setattr("builtins.input", lambda _: answer)
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_user", "ana")
    assert UserScore.objects.filter(user_id="ana").exists()


def test_without_redis_it_says_what_is_left_to_do(game: Game, mortal_valkey: Valkey) -> None:
    apply_score_actions([SECRET])
    mortal_valkey.pause()
    try:
        err = StringIO()
        call_command("erase_user", "ana", yes=True, stdout=StringIO(), stderr=err)
    finally:
        mortal_valkey.restore()
    assert "reindex_ranks" in err.getvalue()
    wait_for(redis_answers)
    rebuild_rank_index()
    assert check_rank_index().is_clean
