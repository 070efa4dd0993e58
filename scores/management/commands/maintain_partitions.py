"""`manage.py maintain_partitions`: the daily maintenance of partitions and request ids."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError
from django.db import OperationalError
from django.utils import timezone
from tqdm import tqdm

from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.runtime.postgres.states import explain
from scores.operations.partitions import maintain_partitions


class Command(AuditedCommand):
    help = (
        "Creates the score_events partitions for this month and the next three, and moves their events there from the "
        "default partition. Drops partitions older than SCORE_EVENTS_RETENTION_MONTHS. Deletes score_requests older "
        "than SCORE_REQUESTS_RETENTION_DAYS, audit entries older than AUDIT_RETENTION_DAYS, and revocations of tokens "
        "that have expired. Run it once a day; running it more often does no harm."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="show what would be done, and change nothing")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with tqdm(desc="purged", unit=" rows", disable=None) as bar:
                done = maintain_partitions(now=timezone.now(), dry_run=options["dry_run"], advance=bar.update)
        except OperationalError as error:
            raise CommandError(
                f"The maintenance stopped. Run it again to finish it; nothing is lost. Database error: {explain(error)}"
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps({**asdict(done), "dry_run": options["dry_run"]}))
            return
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(f"partitions {would}created: {', '.join(done.created) or 'none'}")
        self.stdout.write(f"events {would}moved from the default partition: {done.moved_events}")
        self.stdout.write(f"partitions {would}dropped: {', '.join(done.dropped) or 'none'}")
        self.stdout.write(f"requests {would}purged: {done.purged_requests}")
        self.stdout.write(f"audit entries {would}purged: {done.purged_entries}")
        self.stdout.write(f"revocations {would}purged: {done.purged_revocations}")
