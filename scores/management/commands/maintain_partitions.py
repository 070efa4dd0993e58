"""`manage.py maintain_partitions`: run it once a day."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone
from tqdm import tqdm

from scores.operations.partitions import maintain_partitions


class Command(BaseCommand):
    """Partitions and purge."""

    help = (
        "Makes the score_events partitions of this and the next three months, moves what the default partition holds "
        "of them, drops those past SCORE_EVENTS_RETENTION_MONTHS, and purges score_requests past "
        "SCORE_REQUESTS_RETENTION_DAYS. May be run at any time and as often as you like."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's options."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and end with a summary."""
        try:
            with tqdm(desc="purged", unit=" requests", disable=None) as bar:
                done = maintain_partitions(now=timezone.now(), dry_run=options["dry_run"], advance=bar.update)
        except OperationalError as error:
            raise CommandError(f"Stopped, nothing is lost; run it again: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps({**asdict(done), "dry_run": options["dry_run"]}))
            return
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(f"partitions {would}created: {', '.join(done.created) or 'none'}")
        self.stdout.write(f"events {would}moved out of the default partition: {done.moved_events}")
        self.stdout.write(f"partitions {would}dropped: {', '.join(done.dropped) or 'none'}")
        self.stdout.write(f"requests {would}purged: {done.purged_requests}")
