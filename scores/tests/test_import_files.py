"""Files as people have them: what can be understood is understood, and what cannot is refused with line and reason."""

from pathlib import Path

import pytest

from scores.operations.import_files import LONGEST_LINE, ImportRefused, open_import
from scores.operations.import_rows import ImportRow, read_import
from scores.services.actions import ScoreAction

TEXT = "userId,username,score\nana,José,5000\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scores.csv"


def rows_of(path: Path, content: str | bytes, encoding: str = "") -> list[ImportRow]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with open_import(path, encoding) as file:
        return list(read_import(file))


def actions_of(path: Path, content: str | bytes, encoding: str = "") -> list[ScoreAction]:
    rows = rows_of(path, content, encoding)
    assert [row.problem for row in rows if row.problem] == []
    return [row.action for row in rows if row.action]


def said(path: Path, content: str | bytes, encoding: str = "") -> list[tuple[str, str, int | None]]:
    return [(each.user_id, each.username, each.points) for each in actions_of(path, content, encoding)]


def refusal(path: Path, content: str | bytes, encoding: str = "") -> str:
    with pytest.raises(ImportRefused) as refused:
        rows_of(path, content, encoding)
    return str(refused.value)


def problems(path: Path, content: str | bytes) -> list[tuple[int, str]]:
    return [(row.line, row.problem) for row in rows_of(path, content) if row.problem]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_an_encoding_with_a_mark_is_read(path: Path, encoding: str) -> None:
    assert said(path, TEXT.encode(encoding)) == [("ana", "José", 5000)]


def test_unicode_text_from_excel_is_read(tmp_path: Path) -> None:
    assert said(tmp_path / "scores.TXT", TEXT.replace(",", "\t").encode("utf-16")) == [("ana", "José", 5000)]


@pytest.mark.parametrize("encoding", ["windows-1252", "latin-1", "utf-16-le", "utf-16-be", "utf-16", "cp437"])
def test_any_other_encoding_is_read_when_it_is_named(path: Path, encoding: str) -> None:
    assert said(path, TEXT.encode(encoding), encoding) == [("ana", "José", 5000)]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
def test_json_lines_may_begin_with_a_mark(tmp_path: Path, mark: bytes) -> None:
    line = mark + '{"userId": "ana", "username": "José", "score": 5000}\r\n'.encode()
    assert said(tmp_path / "a.jsonl", line + line) == [("ana", "José", 5000)] * 2


def test_json_lines_may_be_utf_16(tmp_path: Path) -> None:
    line = '{"userId": "ana", "username": "José", "score": 5000}\r\n'
    assert said(tmp_path / "a.jsonl", (line + line).encode("utf-16")) == [("ana", "José", 5000)] * 2


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_what_is_not_utf_8_is_refused_with_what_it_seems_to_be(tmp_path: Path, name: str) -> None:
    found = refusal(tmp_path / name, TEXT.encode("windows-1252"))
    assert found.startswith("line 2: the byte E9 is not UTF-8")
    for word in ("Windows-1252 (Latin-1)", "“José”", "“CSV UTF-8”", "--encoding windows-1252"):
        assert word in found


def test_the_line_of_a_wrong_byte_is_right_far_into_the_file(path: Path) -> None:
    lines = [f"user-{number},Zoë,{number}\n".encode() for number in range(200_000)]
    lines[150_000] = b"caf\xe9,x,1\n"
    assert refusal(path, b"userId,username,score\n" + b"".join(lines)).startswith("line 150002: the byte E9")


@pytest.mark.parametrize(
    ("content", "encoding", "words"),
    [
        (
            TEXT.encode("utf-16-le"),
            "",
            "UTF-16 without a byte order mark: save it as UTF-8, or add --encoding utf-16-le",
        ),
        (TEXT.encode("utf-16-be"), "", "--encoding utf-16-be"),
        (TEXT.encode(), "windows-1252", "The file is UTF-8, not cp1252: leave out --encoding"),
        (TEXT.encode("utf-8-sig"), "windows-1252", "byte order mark of UTF-8: leave out --encoding"),
        (TEXT.encode("utf-16"), "utf-8", "byte order mark of UTF-16"),
        (TEXT.encode() + b"\x81,x,1\n", "", "line 3: the byte 81 is not UTF-8. Save the file as UTF-8"),
        (TEXT.encode("latin-1"), "ascii", "line 2: the byte E9 is not ASCII"),
        (TEXT.encode()[:-7], "", "line 2: the file ends within a character"),
        (b"PK\x03\x04rest", "", "an Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "", "an Excel workbook"),
        (b"\x1f\x8brest", "", "compressed"),
        (b"userId,score\nana\0,1\n", "", "U+0000"),
    ],
)
def test_no_text_is_garbled_silently(path: Path, content: bytes, encoding: str, words: str) -> None:
    assert words in refusal(path, content, encoding)


def test_a_character_that_was_lost_before_is_noticed(path: Path) -> None:
    ((line, problem),) = problems(path, "userId,score\nJos\ufffd,1\n")
    assert (line, problem) == (2, "userId is “Jos\ufffd”: a program has replaced a character that it could not read")


@pytest.mark.parametrize(
    "header",
    ["userId,username,score", "USERID,Username,SCORE", " userId , user name,Score ", "user_id,user-name,score"],
)
def test_capitals_and_blanks_in_the_header_do_not_matter(path: Path, header: str) -> None:
    assert said(path, f"{header}\nana,Ana,5\n") == [("ana", "Ana", 5)]


@pytest.mark.parametrize(
    "content",
    [
        "userId;username;score\nana;Ana;5\n",
        '"userId";"username";"score"\n"ana";"Ana";"5"\n',
        "userId\tusername\tscore\nana\tAna\t5\n",
        "sep=;\nuserId;username;score\nana;Ana;5\n",
        "\n\nuserId,username,score\n\nana,Ana,5\n\n",
        "userId,username,score\nana,Ana,5\n,,\n , ,\n,,\n",
        "userId,username,score,\nana,Ana,5,\n",
        "userId,username,score,,,\nana,Ana,5\n",
        "userId,username,score\nana,Ana,5,,\n",
        "userId,username,score\r\nana,Ana,5\r\n",
        "userId,username,score\rana,Ana,5\r",
        "userId,username,score\nana, Ana , 5 \n",
        "userId,username,score\nana,Ana,5",
        "userId,requestId,username,actionType,metadata,score\nana,,Ana,,,5\n",
        "userId,username,metadata,score\nana,Ana,null,5\n",
        ",,\nuserId,username,score\nana,Ana,5\n",
    ],
)
def test_a_csv_as_spreadsheets_write_it_is_read(path: Path, content: str) -> None:
    assert said(path, content) == [("ana", "Ana", 5)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("userId,score,score\nana,1,2\n", "line 1: score is in columns 2 and 3"),
        ("userId,userId,score\nana,bob,2\n", "line 1: userId is in columns 1 and 2"),
        ("userId,user_id,score\nana,bob,2\n", "line 1: userId is in columns 1 and 2"),
        ("userId;Score; score ;SCORE\nana;1;2;3\n", "line 1: score is in columns 2 and 3 and 4"),
        ("rank,rank,userId,score\n1,2,ana,1\n", "line 1: rank is in columns 1 and 2"),
        ("\nuserId,score,points\nana,1,2\n", "line 2: there is no column “points” (column 3); the columns are userId,"),
        ("ana,5\nbob,6\n", "line 1: there is no column “ana” (column 1)"),
        ("score\n1\n", "line 1: the header must name userId, and score or actionType"),
        ("userId\nana\n", "line 1: the header must name userId, and score or actionType"),
        ("", "The file is empty"),
        (" \n,,\n", "The file is empty"),
        ('"userId,score\nana,1\n', "line 1: a quote is opened in this row and not closed"),
        ('"userId"x,score\nana,1\n', "line 1: there is text after a closing quote"),
        ('userId,score\nana,"1\nbob,2\n', "line 2: a quote is opened in this row and not closed"),
        ('userId,score\nana,1\n"bob"x,2\n', "line 3: there is text after a closing quote"),
        (
            'userId,username,score\nana,"Ana,1\nbob,"Bob",2\n',
            "line 3: there is text after a closing quote; the row begins on line 2",
        ),
        (
            'userId,username,score\nana,"' + "x\n" * 100_000 + "\n",
            "line 2: a quote is opened in this row and not closed",
        ),
        ("userId,score\nana," + "1" * 200_000 + "\n", "line 2: field larger than field limit"),
        ("userId,score\nana,1\n" + "x" * (LONGEST_LINE + 1), "line 3: it has more than 1,048,576 characters"),
    ],
    ids=lambda text: text[:40],
)
def test_a_csv_that_cannot_be_understood_is_refused_in_one_line(path: Path, content: str, words: str) -> None:
    found = refusal(path, content)
    assert found.startswith(words)
    assert "\n" not in found


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("ana,1,2\n", (2, "there are 3 values for 2 columns")),
        ("\nana,x\n", (3, "score must be a whole number in plain digits, not “x”")),
        ('"a\nb",1\nana,x\n', (4, "score must be a whole number in plain digits, not “x”")),
        ("ana,1.0\n", (2, "score must be a whole number in plain digits, not “1.0”")),
        ("ana,1E+06\n", (2, "score must be a whole number in plain digits, not “1E+06”")),
        ('ana,"1,5"\n', (2, "score must be a whole number in plain digits, not “1,5”")),
        ("ana,5.000\n", (2, "score must be a whole number in plain digits, not “5.000”")),
        ("ana,\u0665\n", (2, "score must be a whole number in plain digits, not “\u0665”")),
        ("ana,9007199254740993\n", (2, "score must be a whole number from -9007199254740992 to 9007199254740992")),
        ('"ana ",1\n', (2, "userId has blanks around it: “ana ”")),
        (" ana,1\n", (2, "userId has blanks around it: “ ana”")),
        ('bob, "1"\n', (2, "score has blanks before its quote")),
        (",1\n", (2, "userId must be text of 1 to 255 characters without control characters")),
        ("ana,\n", (2, "A row must have either an actionType or the score of an opening balance")),
    ],
)
def test_the_problem_of_a_row_is_told_with_line_and_column(path: Path, rows: str, expected: tuple[int, str]) -> None:
    assert problems(path, f"userId,score\n{rows}")[-1] == expected


def test_the_line_of_a_row_is_the_one_that_it_begins_on(path: Path) -> None:
    rows = 'ana,BOSS_DEFEAT,"{""a"":\n\n1}"\nbob,BOSS_DEFEAT,{\n'
    found = problems(path, f"userId,actionType,metadata\n{rows}")
    assert found == [(5, "metadata is not valid JSON: Expecting property name enclosed in double quotes, column 2")]


def test_the_rank_of_another_system_is_ignored(path: Path) -> None:
    assert said(path, "rank,userId,username,score\n1,ana,Ana,5\n") == [("ana", "Ana", 5)]


def test_a_value_without_a_column_is_refused(path: Path) -> None:
    assert problems(path, "userId,,score\nana,x,1\n") == [(2, "column 2 has a value, but no name in the header")]


@pytest.mark.parametrize(
    "cell",
    [
        "1.23457E+17",
        "1,23457E+17",
        "1E+17",
        "1.2345678901234568E17",
        "1.23e+05",
        "123456789.0",
        "123456,00",
        "#NAME?",
        "####",
    ],
)
@pytest.mark.parametrize("column", ["userId", "requestId"])
def test_an_id_that_a_spreadsheet_rewrote_is_refused(path: Path, cell: str, column: str) -> None:
    row = f'"{cell}";5;1' if column == "userId" else f'ana;5;"{cell}"'
    ((line, problem),) = problems(path, f"userId;score;requestId\n{row}\n")
    assert (line, problem) == (
        2,
        f"{column} is {cell}, which a spreadsheet made from another id. Export the column again as text",
    )


@pytest.mark.parametrize(
    "user_id", ["12e5", "1e17", "123456789", "007", "1.2.3", "v1.0", "5f1e+", "1234567890123456789"]
)
def test_an_id_that_only_has_digits_and_letters_is_taken(path: Path, user_id: str) -> None:
    assert said(path, f"userId,score\n{user_id},5\n") == [(user_id, "", 5)]


def test_a_name_that_became_an_error_is_refused(path: Path) -> None:
    assert "username is #NAME?" in problems(path, "userId,username,score\nana,#NAME?,1\n")[0][1]


def test_json_lines_are_not_taken_for_a_spreadsheets(tmp_path: Path) -> None:
    assert said(tmp_path / "a.jsonl", '{"userId": "1.5E+17", "score": 1}\n') == [("1.5E+17", "", 1)]


def test_null_is_the_same_as_not_said(tmp_path: Path) -> None:
    line = '{"userId":"ana","username":null,"requestId":null,"actionType":null,"metadata":null,"score":5}\n'
    ((action,)) = actions_of(tmp_path / "a.jsonl", line)
    assert (action.user_id, action.username, action.points, action.metadata) == ("ana", "", 5, {})


def test_a_json_lines_problem_names_line_and_column(tmp_path: Path) -> None:
    found = problems(tmp_path / "a.jsonl", '\n{"userId": "ana" "score": 1}\n[1]\n')
    assert found == [
        (2, "this is not valid JSON: Expecting ',' delimiter, column 18"),
        (3, "A row must be a JSON object"),
    ]


@pytest.mark.parametrize("name", ["scores.xlsx", "scores.json", "scores"])
def test_another_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    assert "must end in .csv, .tsv, .txt, .jsonl, .ndjson" in refusal(tmp_path / name, TEXT)


def test_what_was_checked_is_what_is_read_again(path: Path) -> None:
    path.write_text("userId,score\nana,1\n")
    with open_import(path) as file:
        first = list(read_import(file))
        path.write_text("userId,score\nmallory,9000\n")
        assert list(read_import(file)) == first
