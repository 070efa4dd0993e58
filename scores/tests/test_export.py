"""`export_board` and `export_user`: the stored data as files."""

import csv
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from scoreboard_project.testing.cast import ANA, BOB, crowd


def test_the_board_as_csv(scoreboard: None, tmp_path: Path) -> None:
    for player in [ANA, BOB, *crowd(3)]:
        player.act("BOSS_DEFEAT" if player is BOB else "LEVEL_COMPLETE")
    path = tmp_path / "board.csv"
    call_command("export_board", output=path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    first, second = ((row["rank"], row["userId"], row["score"]) for row in rows[:2])
    assert (first, second) == (("1", "bob", "1000"), ("2", "ana", "150"))
    assert len(rows) == 5
    assert rows[0]["lastUpdated"].endswith("Z")


def test_the_top_as_json_lines_on_stdout(scoreboard: None, capsys: pytest.CaptureFixture[str]) -> None:
    for player in crowd(3):
        player.act()
    call_command("export_board", format="jsonl", limit=2)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["userId"] for row in rows] == ["crowd-001", "crowd-002"]


def test_an_empty_board_has_a_head_line(scoreboard: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_board")
    assert capsys.readouterr().out.strip() == "rank,userId,username,score,totalActions,lastUpdated"


def test_a_limit_of_nothing_is_refused(scoreboard: None) -> None:
    with pytest.raises(CommandError, match="--limit"):
        call_command("export_board", limit=0)


def test_everything_about_a_user(scoreboard: None, capsys: pytest.CaptureFixture[str]) -> None:
    ANA.act(metadata={"level": 5}, request_id="r1")
    ANA.act()
    BOB.act()
    call_command("export_user", "ana")
    found = json.loads(capsys.readouterr().out)
    assert found["user"]["current_score"] == 300
    assert [event["metadata"] for event in found["scoreEvents"]] == [{"level": 5}, {}]
    assert {"ip_address", "user_agent", "action_id", "created_at"} <= found["scoreEvents"][0].keys()
    assert found["scoreRequests"][0]["request_id"] == "r1"
    assert "bob" not in json.dumps(found)


def test_an_unknown_user_is_said_to_be_one(scoreboard: None) -> None:
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        call_command("export_user", "nobody")
