"""Reads the rows of an import, CSV or JSON lines. Each row is an action or an opening balance from another system."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoreboard_project.api.errors import ApiError, InvalidRequest
from scoreboard_project.api.json_codec import decode_strict_json
from scoreboard_project.api.request_id import ID_PATTERN, is_well_formed_id
from scoreboard_project.tokens.token_claims import MAX_USER_ID_LENGTH, MAX_USERNAME_LENGTH, is_well_formed_text
from scores.services.actions import ScoreAction
from scores.services.metadata import check_metadata

OPENING_BALANCE = "IMPORTED_SCORE"
FIELDS = ("userId", "username", "requestId", "actionType", "metadata", "score")
# The largest score_increment of a single event.
MAX_BALANCE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row of the file: the line it ends on, and its action or the problem with it."""

    line: int
    action: ScoreAction | None
    problem: str = ""


def read_import(path: Path, *, source: str) -> Iterator[ImportRow]:
    """Read every row of a .csv or .jsonl file. A row without a request id gets one made from `source` and its line."""
    lines = _csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path)
    for line, fields in lines:
        try:
            if isinstance(fields, ApiError):
                raise fields
            yield ImportRow(line, _read_action(fields, f"import:{source}:{line}"))
        except ApiError as error:
            yield ImportRow(line, None, _in_words(error))


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | ApiError]]:
    with path.open(encoding="utf-8-sig", newline="", errors="surrogateescape") as opened:
        reader = csv.DictReader(opened, restkey="", strict=True)
        unknown = set(reader.fieldnames or ()) - set(FIELDS)
        if unknown or "userId" not in (reader.fieldnames or ()):
            yield 1, InvalidRequest(f"The first line must name userId, and may name only {', '.join(FIELDS)}")
            return
        try:
            for row in reader:
                yield reader.line_num, _from_csv(row)
        except csv.Error as error:
            yield reader.line_num, InvalidRequest(f"The CSV is not valid: {error}")


def _from_csv(row: Mapping[str, Any]) -> dict[str, Any] | ApiError:
    if "" in row:
        return InvalidRequest("The row has more values than the file has columns")
    fields: dict[str, Any] = {name: value for name, value in row.items() if value not in (None, "")}
    try:
        for name in {"metadata", "score"} & fields.keys():
            fields[name] = decode_strict_json(fields[name].encode("utf-8", "surrogateescape"))
    except ApiError as error:
        return error
    return fields


def _json_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | ApiError]]:
    with path.open("rb") as opened:
        for number, line in enumerate(opened, start=1):
            if not line.strip():
                continue
            try:
                fields = decode_strict_json(line)
            except ApiError as error:
                yield number, error
                continue
            yield number, fields if isinstance(fields, dict) else InvalidRequest("A row must be a JSON object")


def _read_action(fields: Mapping[str, Any], request_id: str) -> ScoreAction:
    if unknown := fields.keys() - set(FIELDS):
        raise InvalidRequest(f"Unknown fields: {', '.join(sorted(unknown))}")
    if ("actionType" in fields) == ("score" in fields):
        raise InvalidRequest("A row must have either an actionType or the score of an opening balance")
    user_id = _text(fields, "userId", MAX_USER_ID_LENGTH)
    request_id = fields.get("requestId", request_id)
    if not isinstance(request_id, str) or not is_well_formed_id(request_id):
        raise InvalidRequest(f"requestId must match {ID_PATTERN.pattern}")
    return ScoreAction(
        user_id=user_id,
        username=_text(fields, "username", MAX_USERNAME_LENGTH) if "username" in fields else "",
        request_id=request_id,
        action_type=_text(fields, "actionType", 50) if "actionType" in fields else OPENING_BALANCE,
        metadata=check_metadata(fields.get("metadata", {})),
        points=_balance(fields["score"]) if "score" in fields else None,
    )


def _text(fields: Mapping[str, Any], name: str, longest: int) -> str:
    if not is_well_formed_text(fields.get(name), longest):
        raise InvalidRequest(f"{name} must be text of 1 to {longest} characters without control characters")
    return str(fields[name])


def _balance(score: object) -> int:
    if type(score) is not int or abs(score) > MAX_BALANCE:
        raise InvalidRequest(f"score must be a whole number from -{MAX_BALANCE} to {MAX_BALANCE}")
    return score


def _in_words(error: ApiError) -> str:
    rule = error.details.get("rule")
    return f"{error} ({rule})" if rule else str(error)
