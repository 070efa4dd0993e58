"""A file that comes again, saved anew, sorted, longer or as our own export, adds only what is new."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoreboard_project.testing.cast import ANA, BOB, Player, crowd
from scoreboard_project.testing.stores import empty_stores
from scores.models import MAX_SCORE, ScoreRequest, UserScore
from scores.operations import imports
from scores.operations.erasure import erase_user
from scores.operations.exports import iterate_board
from scores.operations.spreadsheets import as_text, from_text
from scores.ranks.drift import check_rank_index
from scores.ranks.rebuild import rebuild_rank_index

pytestmark = pytest.mark.usefixtures("scoreboard")

CSV = "userId,username,score\nana,Ana,5000\nbob,Bob,-20\nana,Ana,5000\n"


def run(path: Path, content: str | bytes | None = None, **options: Any) -> tuple[int, int]:
    """How many rows were there already, and how many were new."""
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = StringIO()
    call_command("import_scores", str(path), json=True, stdout=out, **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found["already_there"], found["applied"]


def scores() -> dict[str, int]:
    return dict(UserScore.objects.values_list("user_id", "current_score"))


def board() -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ("rank", "userId", "username", "score")) for row in iterate_board()]


def export(path: Path) -> Path:
    call_command("export_board", output=path, format=path.suffix[1:], stderr=StringIO())
    return path


def move_to_another_system() -> None:
    empty_stores()
    rebuild_rank_index()


@pytest.mark.parametrize(
    "again",
    [
        CSV,
        CSV.replace("\n", "\r\n"),
        CSV.replace(",", ";"),
        CSV.encode("utf-16"),
        CSV.encode("utf-8-sig"),
        CSV + ",,\n",
        "score;USERNAME;user id\n5000;Ana;ana\n5000;Ana;ana\n-20;Bobby;bob\n",
    ],
)
def test_a_file_that_was_saved_anew_adds_nothing(tmp_path: Path, again: str | bytes) -> None:
    assert run(tmp_path / "a.csv", CSV) == (0, 3)
    assert scores() == {"ana": 10_000, "bob": -20}
    assert run(tmp_path / "b.csv", again, dry_run=True) == (3, 0)
    assert run(tmp_path / "b.csv", again) == (3, 0)
    assert scores() == {"ana": 10_000, "bob": -20}


def test_the_same_rows_as_json_lines_add_nothing(tmp_path: Path) -> None:
    run(tmp_path / "a.csv", 'userId,actionType,metadata\nana,BOSS_DEFEAT,"{""a"": 1, ""b"": 2}"\n')
    line = '{"metadata": {"b": 2, "a": 1}, "actionType": "BOSS_DEFEAT", "userId": "ana"}'
    assert run(tmp_path / "a.jsonl", line) == (1, 0)


def test_rows_that_were_added_are_new(tmp_path: Path) -> None:
    run(tmp_path / "a.csv", CSV)
    assert run(tmp_path / "a.csv", CSV.replace("bob,Bob,-20", "ana,Ana,5000\ncarol,Carol,1\nbob,Bob,-20")) == (3, 2)
    assert scores() == {"ana": 15_000, "bob": -20, "carol": 1}


def test_equal_rows_of_one_file_count_each(tmp_path: Path) -> None:
    assert run(tmp_path / "a.csv", "userId,score\nana,1\nana,1\nana,1\n") == (0, 3)
    assert scores() == {"ana": 3}


def test_the_same_rows_of_another_source_are_new(tmp_path: Path) -> None:
    run(tmp_path / "a.csv", CSV)
    assert run(tmp_path / "a.csv", source="bonus-2026-11") == (0, 3)
    assert run(tmp_path / "a.csv", source="bonus-2026-11") == (3, 0)


def test_it_says_how_many_rows_were_imported_before(tmp_path: Path) -> None:
    run(tmp_path / "a.csv", CSV)
    out = StringIO()
    (tmp_path / "a.csv").write_text(CSV + "carol,Carol,7\n")
    call_command("import_scores", str(tmp_path / "a.csv"), dry_run=True, stdout=out)
    assert "4 rows: 3 already imported, 1 would be new, 0 refused" in out.getvalue()
    assert "--source" in out.getvalue()


def test_rows_are_known_when_their_requests_are_purged(tmp_path: Path) -> None:
    run(tmp_path / "a.csv", CSV)
    ScoreRequest.objects.all().delete()
    assert run(tmp_path / "a.csv") == (3, 0)


def test_rows_of_an_erased_user_are_new(tmp_path: Path) -> None:
    run(tmp_path / "a.csv", CSV)
    erase_user("bob")
    assert run(tmp_path / "a.csv") == (2, 1)


@pytest.mark.parametrize(
    "other",
    ["ana,BOSS_DEFEAT,,r1", "ana,LEVEL_COMPLETE,{},r1", 'ana,BOSS_DEFEAT,"{""a"": 1}",r1'],
)
def test_a_request_id_that_says_something_else_is_refused(tmp_path: Path, other: str) -> None:
    run(tmp_path / "a.csv", "userId,score,requestId\nana,5,r1\n")
    with pytest.raises(CommandError, match="1 of 1 rows"):
        run(tmp_path / "b.csv", f"userId,actionType,metadata,requestId\n{other}\n")
    with pytest.raises(CommandError, match="1 of 1 rows"):
        run(tmp_path / "b.csv", "userId,score,requestId\nana,6,r1\n")
    assert scores() == {"ana": 5}


def test_a_request_id_that_is_there_twice_within_a_file_is_told(tmp_path: Path) -> None:
    path, err = tmp_path / "a.csv", StringIO()
    path.write_text("userId,score,requestId\nana,5,r1\nana,6,r1\nbob,1,r1\n")
    with pytest.raises(CommandError, match="1 of 3 rows"):
        call_command("import_scores", str(path), stdout=StringIO(), stderr=err)
    assert "line 3: requestId r1 was used before for another action" in err.getvalue()
    assert scores() == {"ana": 5, "bob": 1}


@pytest.mark.parametrize("name", ["board.csv", "board.jsonl"])
def test_an_exported_board_is_the_same_board_elsewhere(tmp_path: Path, name: str) -> None:
    for player in [BOB, ANA, *reversed(crowd(20))]:
        player.act("BOSS_DEFEAT" if player is BOB else "LEVEL_COMPLETE")
    expected, path = board(), export(tmp_path / name)
    move_to_another_system()
    assert run(path) == (0, 22)
    assert board() == expected
    assert run(path) == (22, 0)
    assert check_rank_index().is_clean


@pytest.mark.parametrize("name", ["board.csv", "board.jsonl"])
def test_an_exported_board_adds_nothing_where_it_comes_from(tmp_path: Path, name: str) -> None:
    for player in (ANA, BOB):
        player.act()
    path = export(tmp_path / name)
    assert run(path) == (2, 0)
    ANA.act()
    assert run(path) == (2, 0)
    assert scores() == {"ana": 300, "bob": 150}


@pytest.mark.parametrize("name", ["board.csv", "board.jsonl"])
def test_an_exported_score_may_be_as_large_as_any(tmp_path: Path, name: str) -> None:
    ANA.act()
    UserScore.objects.update(current_score=MAX_SCORE)
    path = export(tmp_path / name)
    move_to_another_system()
    assert run(path) == (0, 1)
    assert scores() == {"ana": MAX_SCORE}


def test_a_board_that_went_through_a_spreadsheet_is_understood(tmp_path: Path) -> None:
    for player in (ANA, BOB):
        player.act()
    expected, path = board(), export(tmp_path / "board.csv")
    move_to_another_system()
    saved = path.read_text().replace(",", ";")
    assert run(tmp_path / "saved.csv", saved.encode("utf-16")) == (0, 2)
    assert board() == expected


def test_no_cell_of_an_exported_board_is_a_formula_and_the_import_undoes_it(tmp_path: Path) -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''-", " =1", "\uff1d1", "'quoted", "plain", "a=b", "'"]
    for number, name in enumerate(names):
        Player(name, name).act(request_id=f"r{number}")
    path = export(tmp_path / "board.csv")
    cells = [cell for line in path.read_text().splitlines()[1:] for cell in line.split(",")]
    assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))] == []
    assert cells[3] == "150"
    expected = board()
    move_to_another_system()
    assert run(path) == (0, len(names))
    assert board() == expected


@given(st.text("'=+-@\t\r\n ab\uff1d", max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_protects_from_formulas_is_undone_exactly(value: str) -> None:
    assert from_text(as_text(value)) == value


def test_a_quoted_id_without_the_boards_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        run(tmp_path / "a.csv", "userId,score\n'=ana,5\n")
    assert scores() == {}


@pytest.mark.parametrize(
    ("ids", "is_refused"),
    [
        (["123456789012345000"], True),
        (["12345678901234500", "12345678901234700"], True),
        (["123456789012345000", "123456789012345678"], False),
        (["1234567890123450", "1234567890123450", "1234567890123450"], False),
        (["100000000000000000000000000000", "7"], True),
        (["123456789012345"], False),
    ],
)
def test_ids_that_a_spreadsheet_rounded_are_noticed(tmp_path: Path, ids: list[str], is_refused: bool) -> None:
    text = "userId,score\n" + "".join(f"{user_id},1\n" for user_id in ids)
    if is_refused:
        with pytest.raises(CommandError, match="a spreadsheet has rounded them"):
            run(tmp_path / "a.csv", text)
    else:
        assert run(tmp_path / "a.csv", text) == (0, len(ids))


def test_it_asks_for_as_much_as_a_batch_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BATCH", 2)
    assert run(tmp_path / "a.csv", CSV) == (0, 3)
    assert run(tmp_path / "a.csv") == (3, 0)
