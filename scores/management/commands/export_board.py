"""`manage.py export_board`: the whole board as a file."""

import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from scores.operations.exports import iterate_board, write_csv, write_json_lines
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
        with ExitStack() as stack:
            try:
                path: Path | None = options["output"]
                out: IO[str] = stack.enter_context(path.open("w", encoding="utf-8", newline="")) if path else sys.stdout
            except OSError as error:
                raise CommandError(f"The file cannot be written: {error}") from error
            rows = tqdm(
                iterate_board(limit), total=limit or count_users_estimated() or None, unit=" rows", disable=None
            )
            count = WRITERS[options["format"]](iter(rows), out)
        self.stderr.write(f"{count} rows")
