"""`manage.py import_scores FILE`: import actions and opening balances from another system."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from tqdm import tqdm

from scoreboard_project.runtime.postgres.states import explain
from scores.operations.imports import ImportSummary, apply_import, check_import

SUFFIXES = (".csv", ".jsonl")


class Command(BaseCommand):
    help = (
        "Imports scores from a .csv or .jsonl file through the ledger. Columns or fields: userId, username, requestId, "
        "and either actionType and metadata, or score (an opening balance). The whole file is checked first, and "
        "nothing is imported while any row is wrong. If the import is interrupted, run it again: each row counts once. "
        "See docs/import-export.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only check the file, and import nothing")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if path.suffix.lower() not in SUFFIXES:
            raise CommandError(f"The file name must end in {' or '.join(SUFFIXES)}")
        try:
            summary = self._run(check_import, path, "checked")
            if not summary.problems and not options["dry_run"]:
                summary = self._run(apply_import, path, "imported")
        except (OSError, UnicodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        except DatabaseError as error:
            raise CommandError(
                f"The import stopped. Run it again, and it skips the rows already imported. "
                f"Database error: {explain(error)}"
            ) from error
        self._print(summary, as_json=options["json"])
        if summary.problems:
            raise CommandError(f"{summary.refused} of {summary.rows} rows cannot be imported", returncode=1)

    def _run(self, work: Any, path: Path, what: str) -> ImportSummary:
        with tqdm(desc=what, unit=" rows", disable=None) as bar:
            found: ImportSummary = work(path, bar.update)
        return found

    def _print(self, summary: ImportSummary, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(summary)))
            return
        for problem in summary.problems:
            self.stderr.write(problem)
        self.stdout.write(
            f"rows: {summary.rows}, applied: {summary.applied}, already imported: {summary.already_there}, "
            f"refused: {summary.refused}"
        )
