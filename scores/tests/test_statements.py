"""The statements of the write path: columns fill the fields of a row by position, so the names must match."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from leaderboard.types import BoardRow
from scores.models import UserScore
from scores.operations.imports import EarlierEvent
from scores.ranks.sql_ranks import Position
from scores.selectors.histories import EventRow
from scores.selectors.users import DaySum, UserRow
from scores.services.actions import AppliedAction, EarlierAction
from scores.services.rules import Circumstances
from scores.services.tallies import Tally, Uncounted
from scores.sql.statements import SQL, read_sql

PROJECT = SQL.parents[1]
PAGE = {"limit": 1, "offset": 0}
USERS = {"user_ids": ["ana"]}
STATEMENTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "apply_score_actions": (AppliedAction, {"actions": "[]"}),
    "lock_tallies": (Tally, {**USERS, "action_types": ["DAILY_BONUS"]}),
    "used_requests": (Circumstances, {**USERS, "request_ids": ["r1"]}),
    "uncounted_events": (
        Uncounted,
        {**USERS, "action_types": ["A"], "counted_to": [None], "most_recent": [1], "moment": None, "midnight": None},
    ),
    "earlier_requests": (EarlierAction, {**USERS, "request_ids": ["r1"]}),
    "imported_before": (EarlierEvent, {**USERS, "request_ids": ["r1"], "scores": [1], "moments": [None]}),
    "around": (BoardRow, {"user_id": "ana", "score": 1, "moment": None, "radius": 1}),
    "top_rows": (BoardRow, PAGE),
    "user_rows": (UserRow, USERS),
    "positions": (Position, USERS),
    "history": (EventRow, {"user_id": "ana", **PAGE}),
    "daily_sums": (DaySum, {"user_id": "ana", "since": None, "operator_types": []}),
}
# A column may have another name than the field, if it comes to the same.
SAME = {"current_score": "score"}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statements_columns_are_the_fields_of_its_row(db: None, name: str) -> None:
    row, parameters = STATEMENTS[name]
    with connection.cursor() as cursor:
        cursor.execute(read_sql(name), parameters)
        columns = [column.name for column in cursor.description]
    names = list(
        getattr(row, "_fields", ()) or getattr(row, "__struct_fields__", ()) or [field.name for field in fields(row)]
    )
    assert [SAME.get(column, column) if column not in names else column for column in columns] == names


def test_a_user_erased_since_the_write_has_a_row_too(db: None) -> None:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute(read_sql("moved_before"), {**USERS, "moments": [moment], "action_ids": ["action_1"]})
        assert cursor.fetchall() == [(moment,)]


def test_pgbench_measures_the_statement_of_an_update(scoreboard: None) -> None:
    lines = (PROJECT / "bench" / "pgbench_update.sql").read_text(encoding="utf-8").splitlines()
    script = "\n".join(line.strip() for line in lines if not line.startswith(("--", "\\set")))
    before, after = read_sql("apply_score_actions").split("%(actions)s")
    assert script.startswith(before)
    assert script.endswith(f"{after};")
    with connection.cursor() as cursor:
        cursor.execute(script.replace(":user", "7"))
        assert cursor.rowcount == 1
    assert UserScore.objects.get().current_score == 1000


@pytest.mark.parametrize("name", sorted(file.stem for file in SQL.glob("*.sql")))
def test_psycopg_remembers_how_it_parsed_a_statement(name: str) -> None:
    assert len(read_sql(name).encode()) <= 4096
