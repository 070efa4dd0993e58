"""`manage.py export_board`: the whole board as a file."""

from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from scores.operations.exports import iterate_board, write_csv, write_json_lines
from scores.operations.output_files import open_output
from scores.ranks.standings import count_users_estimated

WRITERS = {"csv": write_csv, "jsonl": write_json_lines}


class Command(BaseCommand):
    help = "Writes the board with exact ranks, as it was at one moment, as CSV or JSON lines, to a file or stdout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=WRITERS, default="csv", help="the file format (%(default)s)")
        parser.add_argument("--output", type=Path, help="the file to write (stdout)")
        parser.add_argument("--limit", type=int, help="write only the first LIMIT rows")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the rows, and their number to stderr."""
        limit: int | None = options["limit"]
        if limit is not None and limit < 1:
            raise CommandError("--limit must be 1 or more")
        path: Path | None = options["output"]
        total = limit or count_users_estimated() or None
        try:
            # The iterator holds a transaction, which must end when writing fails.
            with open_output(path) as out, closing(iterate_board(limit)) as rows:
                shown = tqdm(rows, total=total, unit=" rows", disable=None)
                count = WRITERS[options["format"]](iter(shown), out)
        except OSError as error:
            if path is None:
                raise
            raise CommandError(f"{path} cannot be written: {error.strerror or error}") from error
        self.stderr.write(f"{count} rows")
