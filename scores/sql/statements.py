"""Runs SQL files as prepared statements: a long statement is planned once per connection, not once per request."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, LiteralString, TypeVar

import psycopg
from django.db import connection
from psycopg.rows import args_row

from scoreboard_project.runtime.postgres.limits import limited_statements

SQL = Path(__file__).resolve().parent

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Statement(Generic[Row]):
    """`sql/<name>.sql` with its parameters. A row's columns are the fields of `row`, in their order."""

    name: str
    row: type[Row]
    parameters: Mapping[str, Any]


@cache
def read_sql(name: str) -> LiteralString:
    """The text of `sql/<name>.sql` without comments and indentation. It is part of the program, never made from input.

    psycopg parses statements of more than 4,096 bytes again on each call.
    """
    text: LiteralString = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if not line.startswith("--"))


def run_prepared(statement: Statement[Row]) -> list[Row]:
    """Run the statement and return its rows. Commits by itself outside a transaction. Raises Django's database errors.

    Uses a plain psycopg cursor: Django's binds parameters on the client, and such a statement cannot be prepared.
    """
    connection.ensure_connection()
    rows = args_row(statement.row)
    with (
        limited_statements(),
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection, row_factory=rows) as cursor,
    ):
        cursor.execute(read_sql(statement.name), statement.parameters, prepare=True)
        return cursor.fetchall()
