"""`manage.py import_scores FILE`: import actions and opening balances from another system."""

import codecs
import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError
from tqdm import tqdm

from scoreboard_project.api.request_id import ID_PATTERN
from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.audit.entries import record_change
from scoreboard_project.runtime.postgres.states import explain
from scores.operations.import_files import ImportFile, ImportRefused, open_import
from scores.operations.imports import ImportSummary, apply_import, check_import

# The code that a shell reports for a command that Ctrl-C ended.
INTERRUPTED = 130
STOPPED = "The import stopped. Run it again, and it skips the rows already imported."
Work = Callable[..., ImportSummary]


def text_encoding(name: str) -> str:
    """The normal name of a text encoding. Raises ArgumentTypeError."""
    try:
        "a".encode(name)
        codecs.getincrementaldecoder(name)
    except (LookupError, UnicodeError, ValueError) as error:
        raise ArgumentTypeError(f"{name!r} is not an encoding: use utf-8, utf-16-le, windows-1252, …") from error
    return codecs.lookup(name).name


def source_name(text: str) -> str:
    """A name that may be a part of request ids. Raises ArgumentTypeError."""
    if not ID_PATTERN.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} must match {ID_PATTERN.pattern}")
    return text


class Command(AuditedCommand):
    help = (
        "Imports scores from a .csv or .jsonl file through the ledger. Columns or fields: userId, username, requestId, "
        "and either actionType and metadata, or score (an opening balance). The whole file is checked first, and "
        "nothing is imported while any row is wrong. If the import is interrupted, run it again: each row counts once. "
        "See docs/import-export.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only check the file, and import nothing")
        parser.add_argument(
            "--encoding", type=text_encoding, help="the encoding of the file, if it is not UTF-8 or UTF-16"
        )
        parser.add_argument(
            "--source",
            type=source_name,
            metavar="NAME",
            help="where the rows come from; equal rows count once per source",
        )
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            source = options["source"] or ""
            with open_import(path, options["encoding"] or "") as file:
                summary = self._run(check_import, file, "checked", source)
                if not summary.problems and not options["dry_run"]:
                    summary = self._import(file, path.name, source)
        except ImportRefused as error:
            raise CommandError(f"{path}: {error}") from error
        except (OSError, UnicodeError) as error:
            raise CommandError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
        except DatabaseError as error:
            raise CommandError(f"{STOPPED} Database error: {explain(error)}") from error
        except KeyboardInterrupt:
            raise CommandError(STOPPED, returncode=INTERRUPTED) from None
        self._print(summary, as_json=options["json"], dry_run=options["dry_run"])
        if summary.problems:
            raise CommandError(f"{summary.refused} of {summary.rows} rows cannot be imported", returncode=1)

    def _import(self, file: ImportFile, name: str, source: str) -> ImportSummary:
        """Each thousand rows are a transaction. An import that was stopped leaves only the first entry."""
        target = f"file:{name}"
        record_change("scores.import_started", target=target, new={"source": source})
        summary = self._run(apply_import, file, "imported", source)
        counts = {"rows": summary.rows, "applied": summary.applied, "refused": summary.refused}
        record_change("scores.imported", target=target, new={"source": source, **counts})
        return summary

    def _run(self, work: Work, file: ImportFile, what: str, source: str) -> ImportSummary:
        with tqdm(desc=what, unit=" rows", disable=None) as bar:
            return work(file, bar.update, source=source)

    def _print(self, summary: ImportSummary, *, as_json: bool, dry_run: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(summary)))
            return
        for problem in summary.problems:
            self.stderr.write(problem)
        new = f"{summary.new} {'would be ' if dry_run or summary.problems else ''}new"
        self.stdout.write(
            f"{summary.rows} rows: {summary.already_there} already imported, {new}, {summary.refused} refused"
        )
        if summary.already_there:
            self.stdout.write("Each row counts once. To count these rows again, name another source: --source NAME")
