"""Turns the cells of a CSV row into values. Refuses ids that a spreadsheet changed: two users may share one now."""

import re
from collections.abc import Mapping
from typing import Any

from scoreboard_project.api.errors import ApiError, InvalidRequest
from scoreboard_project.api.json_codec import decode_strict_json
from scores.operations.spreadsheets import from_text, is_error_value, is_rewritten

WHOLE_NUMBER = re.compile(r"-?(0|[1-9]\d{0,18})", re.ASCII)
PLACE_IN_JSON = re.compile(r": line \d+ (column \d+) \(char \d+\)")
QUOTE_AFTER_BLANKS = re.compile(r'\s+"')


def read_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """The values of a row: the score as a number, metadata from JSON, the rest as text. Raises InvalidRequest."""
    for name, cell in cells.items():
        if QUOTE_AFTER_BLANKS.match(cell):
            raise InvalidRequest(f"{name} has blanks before its quote")
    user_id = cells.get("userId", "")
    if user_id != user_id.strip():
        raise InvalidRequest(f"userId has blanks around it: “{user_id}”")
    if user_id != from_text(user_id):
        raise InvalidRequest(
            f"userId is {user_id}, quoted as in an exported board, but the board's other columns are missing"
        )
    return {name: cell if name == "userId" else _value(name, cell.strip()) for name, cell in _sound(cells).items()}


def read_board_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """The values of a row that `export_board` wrote: names keep their blanks and lose their quote."""
    return {
        name: from_text(cell) if name in {"userId", "username"} else _value(name, cell.strip())
        for name, cell in _sound(cells).items()
    }


def read_json(text: str, problem: str) -> Any:  # noqa: ANN401 - any JSON value
    """Decode JSON. Raises InvalidRequest with the problem, the reason and the column."""
    try:
        return decode_strict_json(text.encode())
    except ApiError as error:
        reason = PLACE_IN_JSON.sub(r", \1", error.details.get("reason", str(error)))
        raise InvalidRequest(f"{problem}: {reason}") from None


def _value(name: str, cell: str) -> Any:  # noqa: ANN401 - any JSON value
    if name == "metadata":
        return read_json(cell, "metadata is not valid JSON")
    if name != "score":
        return cell
    if not WHOLE_NUMBER.fullmatch(cell):
        raise InvalidRequest(f"score must be a whole number in plain digits, not “{cell[:40]}”")
    return int(cell)


def _sound(cells: Mapping[str, str]) -> Mapping[str, str]:
    for name in ("userId", "requestId"):
        if is_rewritten(cells.get(name, "").strip()):
            raise InvalidRequest(
                f"{name} is {cells[name]}, which a spreadsheet made from another id. Export the column again as text"
            )
    if is_error_value(cells.get("username", "")):
        raise InvalidRequest(
            f"username is {cells['username']}, an error of a spreadsheet. Export the column again as text"
        )
    return cells
