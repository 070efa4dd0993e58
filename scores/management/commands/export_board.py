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
    """Export the board."""

    help = "Writes the board in its order with true ranks, as of one moment: CSV or JSON lines, to a file or stdout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's options."""
        parser.add_argument("--format", choices=WRITERS, default="csv")
        parser.add_argument("--output", type=Path, help="a file; stdout when it is not given")
        parser.add_argument("--limit", type=int, help="the first so many only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, and end with a count on stderr."""
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
