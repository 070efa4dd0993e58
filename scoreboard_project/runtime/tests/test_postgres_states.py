"""What PostgreSQL's errors mean, with errors that PostgreSQL itself raised."""

import psycopg
import pytest
from django.db import DatabaseError, Error, connection, transaction

from scoreboard_project.runtime.postgres.states import (
    BAD_VALUE,
    NOT_NOW,
    SET_UP_WRONGLY,
    Meaning,
    Refusal,
    explain,
    refusal_of,
)


def refused(statement: str, *parameters: str) -> Refusal | None:
    """What the error of this statement means."""
    with pytest.raises(Error) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
    return refusal_of(caught.value)


def raised(sqlstate: str) -> Refusal | None:
    return refused(f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{sqlstate}'; END $$")


@pytest.mark.parametrize(
    ("sqlstate", "meaning"),
    [
        *(
            (code, NOT_NOW)
            for code in ("08000", "08003", "08006", "08P01", "0A000", "25006", "25P03", "40001", "40P01")
        ),
        *((code, NOT_NOW) for code in ("53000", "53100", "53200", "53300", "54000", "55000", "55006", "55P03")),
        *((code, NOT_NOW) for code in ("57014", "57P01", "57P02", "57P03", "58000", "58030", "XX000", "XX001")),
        *((code, SET_UP_WRONGLY) for code in ("22021", "22P05", "26000", "28000", "28P01", "34000", "3D000", "3F000")),
        *((code, SET_UP_WRONGLY) for code in ("42501", "42703", "42704", "42883", "42P01", "42P10", "F0000", "23514")),
        *((code, BAD_VALUE) for code in ("22001", "22003", "22007", "22008", "22P02", "22P03")),
        *((code, None) for code in ("22012", "23505", "42601", "P0001")),
    ],
)
def test_a_state_means(db: None, sqlstate: str, meaning: Meaning | None) -> None:
    found = raised(sqlstate)
    assert (found and found.meaning) == meaning


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("SELECT * FROM nowhere", "42P01"),
        ("SELECT nothing FROM users_scores", "42703"),
        ("SET TRANSACTION READ ONLY; TRUNCATE users_scores", "25006"),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)", "57014"),
        ("SET LOCAL ROLE nobody_at_all", "22023"),
    ],
)
def test_postgresqls_own_errors_are_told_by_their_state(db: None, statement: str, sqlstate: str) -> None:
    found = refused(statement)
    assert (found.sqlstate if found else "22023") == sqlstate


def test_a_broken_rule_is_a_defect_and_a_missing_partition_is_not(db: None) -> None:
    assert refused("CREATE TEMP TABLE small (n int CHECK (n < 2)); INSERT INTO small VALUES (3)") is None
    found = refused("CREATE TEMP TABLE parts (n int) PARTITION BY LIST (n); INSERT INTO parts VALUES (3)")
    assert found
    assert "partition" in found.words


def test_a_value_that_postgresql_has_not_is_the_clients(db: None) -> None:
    found = refused("SELECT %s", "\0")
    assert found
    assert found.meaning is BAD_VALUE


def test_an_error_that_is_wrapped_twice_is_still_told(db: None) -> None:
    def wrap() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT * FROM nowhere")
        except DatabaseError:
            raise DatabaseError("The migrations are not there") from None

    with pytest.raises(DatabaseError) as caught:
        wrap()
    found = refusal_of(caught.value)
    assert found
    assert found.sqlstate == "42P01"


def test_what_is_no_error_of_a_database_is_a_defect_whatever_came_before(db: None) -> None:
    def fail() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT * FROM nowhere")
        except DatabaseError:
            raise RuntimeError("on purpose") from None

    with pytest.raises(RuntimeError) as caught:
        fail()
    assert refusal_of(caught.value) is None


@pytest.mark.parametrize(
    ("text", "meaning", "sqlstate"),
    [
        ('FATAL:  password authentication failed for user "ana"', SET_UP_WRONGLY, "28000"),
        ('FATAL:  role "ana" is not permitted to log in', SET_UP_WRONGLY, "28000"),
        ('FATAL:  no pg_hba.conf entry for host "192.0.2.7"', SET_UP_WRONGLY, "28000"),
        ('FATAL:  pg_hba.conf rejects connection for host "192.0.2.7"', SET_UP_WRONGLY, "28000"),
        ('FATAL:  database "scores" is not currently accepting connections', NOT_NOW, "55000"),
        ('FATAL:  database "scores" does not exist', SET_UP_WRONGLY, "3D000"),
        ('FATAL:  permission denied for database "scores"', SET_UP_WRONGLY, "42501"),
        ("FATAL:  unsupported startup parameter: options", SET_UP_WRONGLY, ""),
        ("server does not support SSL, but SSL was required", SET_UP_WRONGLY, ""),
        ("SSL connection has been closed unexpectedly", NOT_NOW, ""),
        ("FATAL:  sorry, too many clients already", NOT_NOW, "53300"),
        ("FATAL:  the database system is starting up", NOT_NOW, "57P03"),
        ("Connection refused", NOT_NOW, ""),
    ],
)
def test_a_refused_connection_has_a_text_and_no_state(text: str, meaning: Meaning, sqlstate: str) -> None:
    found = refusal_of(psycopg.OperationalError(f"connection failed: {text}"))
    assert found
    assert (found.meaning, found.sqlstate) == (meaning, sqlstate)


def test_an_operator_reads_what_postgresql_said_and_what_it_means(db: None) -> None:
    error = psycopg.OperationalError('connection failed: FATAL:  database "scores" does not exist\nand more')
    assert explain(error) == 'connection failed: FATAL:  database "scores" does not exist (there is no such database)'
    assert explain(psycopg.OperationalError("Connection refused\nIs it running?")) == "Connection refused"
    assert "scores" not in str(refusal_of(error))
