"""`manage.py detect`: lets the detectors look at a time in the past."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from scoreboard_project.audit.command import AuditedCommand
from scores.management.arguments import moment
from scores.trust.detection.kinds import KINDS
from scores.trust.detection.scan import detect_again, settled


class Command(AuditedCommand):
    help = (
        "Lets the detectors look at the score events of a time in the past. What they flagged before is not flagged "
        "again, so it may be interrupted and run again. The worker looks at what is new by itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=moment, metavar="TIME", required=True, help="events from this UTC time on")
        parser.add_argument("--until", type=moment, metavar="TIME", help="events before this UTC time (now)")
        parser.add_argument("--kind", action="append", choices=KINDS, dest="kinds", help="only this kind of flags")

    def handle(self, *args: Any, **options: Any) -> None:
        latest = settled(timezone.now())
        until = min(options["until"] or latest, latest)
        if options["since"] >= until:
            raise CommandError("--since must be earlier than --until, and than a minute ago.")
        self.stdout.write(f"new flags: {detect_again(options['since'], until, options['kinds'] or ())}")
