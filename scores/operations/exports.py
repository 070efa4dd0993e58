"""Exports data: the board row by row, and everything stored about one user."""

import csv
import json
from collections.abc import Generator, Iterator, Mapping
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import QuerySet

from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.audit.entries import user_target
from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.tokens.models import TokenRevocation
from scores.models import BOARD_ORDER, Flag, HeldAction, ModeratedUser, ScoreEvent, ScoreRequest, UserScore
from scores.operations.spreadsheets import as_text

BATCH = 2000
COLUMNS = ("rank", "userId", "username", "score", "totalActions", "lastUpdated")
FIELDS = ("user_id", "username", "current_score", "total_actions", "last_updated")


def iterate_board(limit: int | None = None) -> Generator[dict[str, Any]]:
    """The board's rows in order with exact ranks, from one snapshot. Memory use does not grow with the board.

    Close the iterator if it is not read to the end.
    """
    rows = UserScore.on_the_board.order_by(*BOARD_ORDER).values_list(*FIELDS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for rank, row in enumerate(rows[:limit].iterator(BATCH), start=1):
            moment = row[-1].isoformat().replace("+00:00", "Z")
            yield dict(zip(COLUMNS, (rank, *row[:-1], moment), strict=True))


def write_csv(rows: Iterator[dict[str, Any]], out: IO[str]) -> int:
    """Write the rows as CSV with a header line, without cells that are formulas. Returns the number of rows."""
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - the last count is returned
        writer.writerow({**row, "userId": as_text(row["userId"]), "username": as_text(row["username"])})
    return count


def write_json_lines(rows: Iterator[dict[str, Any]], out: IO[str]) -> int:
    """Write the rows as one JSON object per line. Returns the number of rows."""
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - the last count is returned
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def write_user(user_id: str, out: IO[str]) -> None:
    """Write one JSON object: the user's row, events, request ids, held actions, flags, moderation, revocation, audit.

    Raises UserNotFound.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        user = UserScore.objects.filter(user_id=user_id).values().first()
        if user is None:
            raise UserNotFound(details={"userId": user_id})
        out.write(f'{{"user": {_json(user)},\n "scoreEvents": [')
        _write_list(ScoreEvent.objects.filter(user_id=user_id).order_by("created_at", "event_id"), out)
        out.write('],\n "scoreRequests": [')
        _write_list(ScoreRequest.objects.filter(user_id=user_id).order_by("created_at", "request_id"), out)
        out.write('],\n "heldActions": [')
        _write_list(HeldAction.objects.filter(user_id=user_id), out)
        out.write('],\n "flags": [')
        _write_list(Flag.objects.filter(user_id=user_id).order_by("flag_id"), out)
        out.write('],\n "moderation": [')
        _write_list(ModeratedUser.objects.filter(user_id=user_id), out)
        out.write('],\n "tokenRevocations": [')
        _write_list(TokenRevocation.objects.filter(user_id=user_id), out)
        out.write('],\n "audit": [')
        _write_list(AuditEntry.objects.filter(target=user_target(user_id)).order_by("id"), out)
        out.write("]}\n")


def _write_list(found: QuerySet[Any, Any], out: IO[str]) -> None:
    for at, row in enumerate(found.values().iterator(BATCH)):
        out.write((",\n  " if at else "\n  ") + _json(row))


def _json(row: Mapping[str, Any]) -> str:
    shown = {
        name: bytes(value).hex() if isinstance(value, bytes | memoryview) else value for name, value in row.items()
    }
    return json.dumps(shown, cls=DjangoJSONEncoder, ensure_ascii=False)
