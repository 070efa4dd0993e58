"""The SQL files as statements of flows."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, LiteralString, TypeVar

from scoreboard_project.runtime.postgres.lanes import Lane
from scoreboard_project.runtime.postgres.statement import Statement

SQL = Path(__file__).resolve().parent

Row = TypeVar("Row")


def statement_of(
    name: str,
    row: Callable[..., Row],
    parameters: Mapping[str, Any],
    *,
    lane: Lane = Lane.READ,
    longest_ms: int | None = None,
) -> Statement[Row]:
    """`sql/<name>.sql` with its parameters. A row's columns are the arguments of `row`, in their order."""
    return Statement(read_sql(name), row, parameters, lane, longest_ms)


@cache
def read_sql(name: str) -> LiteralString:
    """The text of `sql/<name>.sql` without comments and indentation. It is part of the program, never made from input.

    psycopg parses statements of more than 4,096 bytes again on each call.
    """
    text: LiteralString = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if not line.startswith("--"))
