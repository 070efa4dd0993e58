"""Reads the rows of an import, CSV or JSON lines. Each row is an action or an opening balance from another system."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from scoreboard_project.api.errors import ApiError, InvalidRequest
from scoreboard_project.api.request_id import ID_PATTERN, is_well_formed_id
from scoreboard_project.api.usernames import MAX_USERNAME_LENGTH, checked_username
from scoreboard_project.tokens.claims.token_claims import MAX_USER_ID_LENGTH, is_well_formed_text
from scores.models import MAX_SCORE, OPENING_BALANCE
from scores.operations.import_cells import read_board_cells, read_cells, read_json
from scores.operations.import_csv import read_header, read_records
from scores.operations.import_files import ImportFile
from scores.services.actions import Reporter, ScoreAction
from scores.services.metadata import check_metadata

FIELDS = ("userId", "username", "requestId", "actionType", "metadata", "score")
# The other columns of an exported board. They are not imported: ranks and times follow from the scores.
BOARD_FIELDS = frozenset({"rank", "totalActions", "lastUpdated"})
LOST_CHARACTER = "\ufffd"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row of the file: the line on which it begins, and its action or the problem with it.

    `reached_at` is the time of the score in an exported board.
    """

    line: int
    action: ScoreAction | None
    problem: str = ""
    reached_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Fields:
    """The unchecked values of a row, by the names of their fields."""

    line: int
    values: Mapping[str, Any]
    is_exported: bool = False


def read_import(file: ImportFile, *, source: str = "") -> Iterator[ImportRow]:
    """Read every row. A row without a request id gets one made from `source` and its values. Raises ImportRefused."""
    ids = _RequestIds(source)
    for fields in _csv_rows(file) if file.kind == "csv" else _json_rows(file):
        if isinstance(fields, ImportRow):
            yield fields
            continue
        try:
            action = ids.complete(_read_action(fields))
        except ApiError as error:
            yield _refused(fields.line, error)
        else:
            yield ImportRow(fields.line, action, reached_at=_reached_at(fields))


class _RequestIds:
    """Makes request ids from the values of rows, so that a row keeps its id when the file is saved again or sorted.

    Equal rows are numbered. Clients cannot use such an id, because it contains a space.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._seen: set[int] = set()
        self._repeats: dict[int, int] = {}

    def complete(self, action: ScoreAction) -> ScoreAction:
        """The action with a request id."""
        if action.request_id:
            return action
        said = [action.user_id, action.action_type, action.points, action.metadata]
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]
        return msgspec.structs.replace(
            action, request_id=f"import {self._source} {digest} {self._number(int(digest[:16], 16))}"
        )

    def _number(self, said: int) -> int:
        if said not in self._seen:
            # One integer per row, because a file may have millions of rows.
            self._seen.add(said)
            return 1
        self._repeats[said] = self._repeats.get(said, 1) + 1
        return self._repeats[said]


def _csv_rows(file: ImportFile) -> Iterator[_Fields | ImportRow]:
    lines = file.lines()
    header = read_header(lines, (*FIELDS, *sorted(BOARD_FIELDS)))
    if "userId" not in header.columns or not {"score", "actionType"} & set(header.columns):
        header.refuse("the header must name userId, and score or actionType")
    is_exported = set(header.columns) >= BOARD_FIELDS
    read = read_board_cells if is_exported else read_cells
    for line, cells in read_records(header, lines):
        try:
            if isinstance(cells, ApiError):
                raise cells
            # A column of another board, such as `rank`, is ignored too.
            found = {name: cell for name, cell in cells.items() if is_exported or name not in BOARD_FIELDS}
            yield _Fields(line, read(found), is_exported)
        except ApiError as error:
            yield _refused(line, error)


def _json_rows(file: ImportFile) -> Iterator[_Fields | ImportRow]:
    for number, line in enumerate(file.lines(), start=1):
        # Concatenated files have byte order marks in the middle.
        text = line.lstrip("\ufeff")
        if not text.strip():
            continue
        try:
            values = read_json(text, "this is not valid JSON")
            if not isinstance(values, dict):
                raise InvalidRequest("A row must be a JSON object")
            said = {name: value for name, value in values.items() if value is not None}
            yield _Fields(number, said, is_exported=said.keys() >= BOARD_FIELDS)
        except ApiError as error:
            yield _refused(number, error)


def _read_action(fields: _Fields) -> ScoreAction:
    values = fields.values
    if unknown := values.keys() - set(FIELDS) - (BOARD_FIELDS if fields.is_exported else set()):
        raise InvalidRequest(f"Unknown fields: {', '.join(sorted(unknown))}")
    if ("actionType" in values) == ("score" in values):
        raise InvalidRequest("A row must have either an actionType or the score of an opening balance")
    request_id = values.get("requestId", "")
    if "requestId" in values and not (isinstance(request_id, str) and is_well_formed_id(request_id)):
        raise InvalidRequest(f"requestId must match {ID_PATTERN.pattern}")
    return ScoreAction(
        user_id=_text(fields, "userId", MAX_USER_ID_LENGTH),
        username=checked_username(_text(fields, "username", MAX_USERNAME_LENGTH)) if "username" in values else "",
        request_id=request_id,
        action_type=_text(fields, "actionType", 50) if "actionType" in values else OPENING_BALANCE,
        metadata=check_metadata(values.get("metadata")),
        points=_balance(values["score"]) if "score" in values else None,
        # The history of another system, whose rules were its own.
        reporter=Reporter.OPERATOR,
    )


def _text(fields: _Fields, name: str, longest: int) -> str:
    text = fields.values.get(name)
    if not is_well_formed_text(text, longest):
        raise InvalidRequest(f"{name} must be text of 1 to {longest} characters without control characters")
    if LOST_CHARACTER in str(text) and not fields.is_exported:
        raise InvalidRequest(f"{name} is “{text}”: a program has replaced a character that it could not read")
    return str(text)


def _balance(score: object) -> int:
    if type(score) is not int or abs(score) > MAX_SCORE:
        raise InvalidRequest(f"score must be a whole number from -{MAX_SCORE} to {MAX_SCORE}")
    return score


def _reached_at(fields: _Fields) -> datetime | None:
    moment = fields.values.get("lastUpdated")
    try:
        found = datetime.fromisoformat(moment) if isinstance(moment, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _refused(line: int, error: ApiError) -> ImportRow:
    rule = error.details.get("rule")
    return ImportRow(line, None, f"{error} ({rule})" if rule else str(error))
