"""`manage.py work`: the worker."""

import asyncio
import os
from argparse import ArgumentParser
from threading import Thread
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scoreboard_project.worker.process import is_worker_alive, run_worker

STDIN = 0


class Command(BaseCommand):
    help = (
        "Does background jobs until it is told to end: looks for odd scores, and maintains partitions. Any number of "
        "workers may run. While none runs, jobs wait in PostgreSQL and nothing is lost."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say whether a worker runs; exit with 1 if not")
        parser.add_argument(
            "--end-with-stdin", action="store_true", help="also end when the standard input is closed, as by a launcher"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            if not is_worker_alive():
                raise CommandError("No worker has reported within the last minute.")
            return
        if options["end_with_stdin"]:
            Thread(target=_end_with_launcher, daemon=True).start()
        asyncio.run(run_worker())


def _end_with_launcher() -> None:
    os.read(STDIN, 1)
    os._exit(1)
