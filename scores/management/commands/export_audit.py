"""`manage.py export_audit`: the audit entries as a file."""

from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.audit.entries import record_change
from scores.management.arguments import moment
from scores.operations.output_files import open_output
from scores.trust.audit_exports import iterate_entries, names_like, write_entries_as_csv, write_entries_as_json_lines

WRITERS = {"csv": write_entries_as_csv, "jsonl": write_entries_as_json_lines}


class Command(AuditedCommand):
    help = "Writes the audit entries, oldest first, as CSV or JSON lines, to a file or stdout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=WRITERS, default="csv", help="the file format (%(default)s)")
        parser.add_argument("--output", type=Path, help="the file to write (stdout)")
        parser.add_argument("--since", type=moment, metavar="TIME", help="entries from this UTC time on")
        parser.add_argument("--until", type=moment, metavar="TIME", help="entries before this UTC time")
        parser.add_argument("--who", default="", help="entries of staff:<username>, token:<user id> or command:<name>")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the entries, and their number to stderr. The export is an entry too, but not in its own file."""
        path: Path | None = options["output"]
        wanted = {name: options[name] for name in ("since", "until", "who")}
        try:
            with open_output(path) as out, closing(iterate_entries(**wanted)) as entries:
                count = WRITERS[options["format"]](tqdm(entries, unit=" entries", disable=None), out)
        except OSError as error:
            if path is None:
                raise
            raise CommandError(f"{path} cannot be written: {error.strerror or error}") from error
        record_change("audit.exported", new={**wanted, "entries": count})
        self.stderr.write(f"{count} entries")
        if options["who"] and not count:
            self.stderr.write(_hint(options["who"]))


def _hint(who: str) -> str:
    """What the name should have been, if somebody has made entries under that."""
    meant = names_like(who)
    ours = f"Did you mean {' or '.join(meant)}?" if meant else "No entry of that time is by this name."
    return f"{ours} Names look like staff:ada, token:mod-1 or command:moderate."
