"""SQL files run as prepared statements: a long statement is planned once a connection, not once a request."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from django.db import connection
from psycopg.rows import dict_row

SQL = Path(__file__).resolve().parent


@cache
def read_sql(name: str) -> LiteralString:
    """The text of `sql/<name>.sql`: part of the program, never made of input."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def run_prepared(name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of `sql/<name>.sql`. Outside a transaction the statement is one by itself. Raises Django's DB errors.

    A plain psycopg cursor: Django's binds parameters on the client, and such a statement cannot be prepared.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection, row_factory=dict_row) as cursor:
        cursor.execute(read_sql(name), parameters, prepare=True)
        return cursor.fetchall()
