"""Imports scores from another system, through the ledger, so that `current_score` stays the sum of its events.

A row's request id makes it count once: an interrupted import is simply run again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from action_types.models import ActionType
from action_types.services import ensure_reserved_action_type
from scoreboard_project.runtime.flows.flow import run
from scores.models import OPENING_BALANCE, OPERATOR_TYPES
from scores.operations.import_files import ImportFile, ImportRefused
from scores.operations.import_rows import ImportRow, read_import
from scores.operations.refusals import Refusals
from scores.operations.spreadsheets import RoundedIds
from scores.progress import Advance
from scores.services.actions import ScoreAction
from scores.services.apply import apply_score_actions
from scores.services.usernames import with_known_usernames
from scores.sql.statements import statement_of

BATCH = 1000


@dataclass
class ImportSummary(Refusals):
    """The outcome of a check or an import. Each problem starts with its line number."""

    rows: int = 0
    applied: int = 0
    already_there: int = 0

    @property
    def new(self) -> int:
        """The number of rows that are imported for the first time."""
        return self.rows - self.already_there - self.refused


@dataclass(frozen=True, slots=True)
class EarlierEvent:
    """A row of `imported_before.sql`. `place` counts from 1 among the rows sent.

    `is_of_our_board`: the row was exported from this board, so that the user already has its points.
    """

    place: int
    action_type: str
    score_increment: int
    metadata: dict[str, Any] | None
    is_of_our_board: bool


def check_import(file: ImportFile, advance: Advance, *, source: str = "") -> ImportSummary:
    """Read the whole file and apply nothing. Rows of unknown or inactive action types are problems too.

    Raises ImportRefused, or Django's database errors.
    """
    summary, rounded = ImportSummary(), RoundedIds()
    active = set(ActionType.objects.filter(is_active=True).values_list("action_type", flat=True))
    for rows in _batches(read_import(file, source=source)):
        known = []
        for row in rows:
            problem = _problem(row, active)
            if problem:
                summary.refuse(f"line {row.line}", problem)
            elif row.action:
                known.append((row, row.action))
                rounded.add(row.action.user_id)
        _without_earlier(known, summary)
        summary.rows += len(rows)
        advance(len(rows))
    if file.kind == "csv" and rounded.are_certain and not summary.refused:
        raise ImportRefused("userId: all long ids end in zeros after 15 digits, so a spreadsheet has rounded them")
    return summary


def apply_import(file: ImportFile, advance: Advance, *, source: str = "") -> ImportSummary:
    """Apply every row of a checked file, a thousand at a time. Raises Django's database errors; run it again then."""
    ensure_reserved_action_type(
        OPENING_BALANCE, description="An opening balance from another system", category="import"
    )
    summary = ImportSummary()
    for rows in _batches(read_import(file, source=source)):
        known = _without_earlier([(row, row.action) for row in rows if row.action], summary)
        results = apply_score_actions(run(with_known_usernames([action for _, action in known]))) if known else []
        for (row, action), result in zip(known, results, strict=True):
            recorded = result.recorded
            if result.error:
                summary.refuse(f"line {row.line}", str(result.error))
            elif recorded and not result.is_replay:
                summary.applied += 1
            elif recorded and result.is_same_request and action.points in (None, recorded.score_increment):
                summary.already_there += 1
            else:
                summary.refuse(f"line {row.line}", _used(action))
        summary.rows += len(rows)
        advance(len(rows))
    return summary


def _problem(row: ImportRow, active: set[str]) -> str:
    if row.action is None:
        return row.problem
    if row.action.points is None and row.action.action_type not in active - set(OPERATOR_TYPES):
        return f"actionType: there is no active action type {row.action.action_type!r}"
    return ""


def _without_earlier(
    known: Sequence[tuple[ImportRow, ScoreAction]], summary: ImportSummary
) -> list[tuple[ImportRow, ScoreAction]]:
    """The rows that are not in the ledger yet. Counts the others, and refuses those whose earlier event differs."""
    is_same: dict[int, bool] = {}
    for event in _list_earlier(known) if known else ():
        _, action = known[event.place - 1]
        is_same[event.place] = is_same.get(event.place, False) or event.is_of_our_board or _says_the_same(action, event)
    for place, (row, action) in enumerate(known, start=1):
        if is_same.get(place):
            summary.already_there += 1
        elif place in is_same:
            summary.refuse(f"line {row.line}", _used(action))
    return [each for place, each in enumerate(known, start=1) if place not in is_same]


def _list_earlier(known: Sequence[tuple[ImportRow, ScoreAction]]) -> list[EarlierEvent]:
    parameters = {
        "user_ids": [action.user_id for _, action in known],
        "request_ids": [action.request_id for _, action in known],
        "scores": [action.points for _, action in known],
        "moments": [row.reached_at for row, _ in known],
    }
    return statement_of("imported_before", EarlierEvent, parameters).ask()


def _says_the_same(action: ScoreAction, event: EarlierEvent) -> bool:
    return (
        action.action_type == event.action_type
        and action.points in (None, event.score_increment)
        and action.metadata == (event.metadata or {})
    )


def _used(action: ScoreAction) -> str:
    return f"requestId {action.request_id} was used before for another action"


def _batches(rows: Iterator[ImportRow]) -> Iterator[list[ImportRow]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
