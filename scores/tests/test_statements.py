"""The statements of the write path: columns fill the fields of a row by position, so the names must match."""

from dataclasses import fields

import pytest
from django.db import connection

from scores.operations.imports import EarlierEvent
from scores.services.actions import AppliedAction, EarlierAction
from scores.sql.statements import Statement, read_sql

AnyStatement = Statement[AppliedAction] | Statement[EarlierAction] | Statement[EarlierEvent]
STATEMENTS: list[AnyStatement] = [
    Statement("apply_score_actions", AppliedAction, {"actions": "[]"}),
    Statement("earlier_requests", EarlierAction, {"user_ids": ["ana"], "request_ids": ["r1"]}),
    Statement(
        "imported_before", EarlierEvent, {"user_ids": ["a"], "request_ids": ["r1"], "scores": [1], "moments": [None]}
    ),
]


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
def test_a_statements_columns_are_the_fields_of_its_row(db: None, statement: AnyStatement) -> None:
    with connection.cursor() as cursor:
        cursor.execute(read_sql(statement.name), statement.parameters)
        columns = [column.name for column in cursor.description]
    assert columns == [field.name for field in fields(statement.row)]


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
def test_psycopg_remembers_how_it_parsed_a_statement(
    statement: AnyStatement,
) -> None:
    assert len(read_sql(statement.name).encode()) <= 4096
