"""`manage.py import_scores`: imports nothing from a wrong file, and each row of a good file once."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.game import Game
from scores.models import ScoreEvent, UserScore
from scores.operations import imports as import_service
from scores.operations.import_files import open_import
from scores.ranks.drift import check_rank_index

JSON_LINES = """\
{"userId": "ana", "username": "Ana", "score": 5000}
{"userId": "bob", "score": -20, "requestId": "balance-of-bob"}

{"userId": "ana", "actionType": "BOSS_DEFEAT", "metadata": {"boss": "Övrik"}}
"""
CSV = """\
userId,username,score,actionType,metadata
ana,Ana,5000,,
bob,,-20,,
ana,,,BOSS_DEFEAT,"{""boss"": ""Övrik""}"
"""


def run(path: Path, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("import_scores", str(path), json=True, stdout=out, **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.fixture(params=[("scores.jsonl", JSON_LINES), ("scores.csv", CSV)], ids=["jsonl", "csv"])
def good_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name, text = request.param
    path: Path = tmp_path / name
    path.write_text(text)
    return path


def test_it_imports_balances_and_actions_through_the_ledger(scoreboard: None, good_file: Path) -> None:
    assert run(good_file)["applied"] == 3
    rows = UserScore.objects.order_by("user_id").values_list("user_id", "username", "current_score", "total_actions")
    assert list(rows) == [("ana", "Ana", 6000, 1), ("bob", "bob", -20, 0)]
    assert ScoreEvent.objects.get(action_type="BOSS_DEFEAT").metadata == {"boss": "Övrik"}
    assert check_rank_index().is_clean


def test_run_again_it_adds_nothing(scoreboard: None, good_file: Path) -> None:
    run(good_file)
    again = run(good_file)
    assert (again["applied"], again["already_there"]) == (0, 3)
    assert ScoreEvent.objects.count() == 3


def test_one_that_was_cut_off_is_finished_by_the_next(
    scoreboard: None, good_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_service, "BATCH", 2)

    def killed(_: int) -> None:
        raise KeyboardInterrupt

    with open_import(good_file) as file, pytest.raises(KeyboardInterrupt):
        import_service.apply_import(file, killed)
    assert ScoreEvent.objects.count() == 2
    finished = run(good_file)
    assert (finished["applied"], finished["already_there"]) == (1, 2)
    assert ScoreEvent.objects.count() == 3


def test_a_dry_run_only_checks(scoreboard: None, good_file: Path) -> None:
    assert run(good_file, dry_run=True)["rows"] == 3
    assert not ScoreEvent.objects.exists()


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "[]",
        "{}",
        '{"userId": "ana"}',
        '{"userId": "", "score": 1}',
        '{"userId": 7, "score": 1}',
        '{"userId": "a\\u0000", "score": 1}',
        '{"userId": "ana", "score": 1.5}',
        '{"userId": "ana", "score": "1"}',
        '{"userId": "ana", "score": true}',
        '{"userId": "ana", "score": 9007199254740993}',
        '{"userId": "ana", "score": 1, "actionType": "BOSS_DEFEAT"}',
        '{"userId": "ana", "actionType": "NOPE"}',
        '{"userId": "ana", "actionType": "IMPORTED_SCORE"}',
        '{"userId": "ana", "actionType": "BOSS_DEFEAT", "metadata": []}',
        '{"userId": "ana", "actionType": "BOSS_DEFEAT", "requestId": "a b"}',
        '{"userId": "ana", "score": 1, "rank": 1}',
        '{"userId": "ana", "userId": "bob", "score": 1}',
        '{"userId": "ana", "username": " ", "score": 1}',
        '{"userId": "ana", "username": "\\u202eana", "score": 1}',
        '{"userId": "ana", "username": 7, "score": 1}',
        '{"userId": "ana", "score": 1} x',
    ],
)
def test_a_wrong_row_is_named_by_its_line_and_nothing_is_imported(scoreboard: None, tmp_path: Path, line: str) -> None:
    path = tmp_path / "scores.jsonl"
    path.write_text(JSON_LINES + line + "\n")
    err = StringIO()
    with pytest.raises(CommandError, match="1 of 4 rows"):
        call_command("import_scores", str(path), stdout=StringIO(), stderr=err)
    assert err.getvalue().startswith("line 5: ")
    assert not ScoreEvent.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "name,points\nana,1\n",
        "score\n1\n",
        "userId,score\nana,1,2\n",
        'userId,score\nana,"1\n',
        "userId,score\nana,x\n",
        "userId,score\nana,1e400\n",
        "userId,score,metadata\nana,1,{\n",
        "",
    ],
)
def test_a_wrong_csv_is_refused(scoreboard: None, tmp_path: Path, text: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(text)
    with pytest.raises(CommandError):
        call_command("import_scores", str(path), stdout=StringIO(), stderr=StringIO())
    assert not UserScore.objects.exists()


@pytest.mark.parametrize("name", ["scores.txt", "nowhere.csv"])
def test_a_file_that_is_none_is_refused(scoreboard: None, tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError):
        run(tmp_path / name)


def test_no_game_can_report_a_balance(game: Game, good_file: Path) -> None:
    run(good_file)
    assert game.update(ANA, {"actionType": "IMPORTED_SCORE"}).failed_with(400, "INVALID_ACTION_TYPE")
    assert game.update(ANA, {"actionType": "BOSS_DEFEAT", "points": 7}).failed_with(400, "INVALID_REQUEST")
