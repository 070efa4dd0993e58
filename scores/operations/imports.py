"""Imports scores from another system, through the ledger, so that `current_score` stays the sum of its events.

A row's request id makes it count once: an interrupted import is simply run again.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from action_types.models import ActionType
from action_types.services import ensure_reserved_action_type
from scores.operations.import_rows import OPENING_BALANCE, ImportRow, read_import
from scores.operations.refusals import Refusals
from scores.progress import Advance
from scores.services.apply import apply_score_actions
from scores.services.usernames import with_known_usernames

BATCH = 1000


@dataclass
class ImportSummary(Refusals):
    """The outcome of an import. Each problem starts with its line number."""

    rows: int = 0
    applied: int = 0
    already_there: int = 0


def check_import(path: Path, advance: Advance) -> ImportSummary:
    """Read the whole file and apply nothing. Rows of unknown or inactive action types are problems too."""
    summary, source = ImportSummary(), source_of(path)
    active = set(ActionType.objects.filter(is_active=True).values_list("action_type", flat=True)) | {OPENING_BALANCE}
    for row in read_import(path, source=source):
        summary.rows += 1
        advance(1)
        if row.action is None:
            summary.refuse(f"line {row.line}", row.problem)
        elif row.action.action_type not in active or (row.action.points is None) == (
            row.action.action_type == OPENING_BALANCE
        ):
            summary.refuse(f"line {row.line}", f"there is no active action type {row.action.action_type!r}")
    return summary


def apply_import(path: Path, advance: Advance) -> ImportSummary:
    """Apply every row of a checked file in batches. Raises Django's database errors; it is safe to call it again."""
    ensure_reserved_action_type(
        OPENING_BALANCE, description="An opening balance from another system", category="import"
    )
    summary = ImportSummary()
    for rows in _batches(read_import(path, source=source_of(path))):
        known = [(row.line, row.action) for row in rows if row.action]
        results = apply_score_actions(with_known_usernames([action for _, action in known]))
        for (line, _), result in zip(known, results, strict=True):
            if result.error:
                summary.refuse(f"line {line}", str(result.error))
            elif result.is_replay:
                summary.already_there += 1
            else:
                summary.applied += 1
        summary.rows += len(rows)
        advance(len(rows))
    return summary


def source_of(path: Path) -> str:
    """A hash of the file's content, so that rows of the same file always get the same request ids."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()[:16]


def _batches(rows: Iterator[ImportRow]) -> Iterator[list[ImportRow]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
