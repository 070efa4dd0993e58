"""`manage.py simulate`: a game that uses the public API and never counts an action twice."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from scores.models import ScoreEvent, UserScore
from scores.ranks.drift import check_rank_index

REFUSALS = {"INVALID_REQUEST", "INVALID_ACTION_TYPE", "INVALID_METADATA"}


def play(url: str, **options: Any) -> dict[str, int]:
    out = StringIO()
    call_command("simulate", url=url, json=True, stdout=out, **{"players": 20, "rate": 100, "seconds": 3, **options})
    found: dict[str, int] = json.loads(out.getvalue())["outcomes"]
    return found


def test_what_was_applied_is_in_the_ledger_once(scoreboard: None, server: str) -> None:
    outcomes = play(server)
    assert outcomes["applied"] == ScoreEvent.objects.count() > 50
    assert outcomes.keys() <= {"applied", "replayed", *REFUSALS}
    earned = ScoreEvent.objects.aggregate(sum=Sum("score_increment"))["sum"]
    assert UserScore.objects.aggregate(sum=Sum("current_score"))["sum"] == earned
    assert check_rank_index().is_clean


def test_it_cheats_and_is_refused(scoreboard: None, server: str) -> None:
    outcomes = play(server, seconds=4, seed=3)
    assert REFUSALS & outcomes.keys()
    assert UserScore.objects.filter(current_score__gte=1_000_000).count() == 0


def test_without_a_server_it_says_so(scoreboard: None) -> None:
    with pytest.raises(CommandError, match="No action was applied"):
        play("http://127.0.0.1:9", seconds=0.5)


@pytest.mark.parametrize(("option", "value"), [("url", "ftp://x"), ("rate", "-1"), ("seconds", "0")])
def test_it_refuses_junk(scoreboard: None, option: str, value: str) -> None:
    with pytest.raises(CommandError, match=option):
        call_command("simulate", f"--{option}={value}")
