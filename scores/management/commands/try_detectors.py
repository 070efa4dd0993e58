"""`manage.py try_detectors`: how well the detectors find the known cheats of a simulated past."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from action_types.selectors import ActiveActionTypes
from scoreboard_project.audit.command import AuditedCommand
from scores.models import UserScore
from scores.ranks.rebuild import rebuild_rank_index
from scores.simulation.past import imagine
from scores.simulation.quality import Quality, evidence_against, judge_detectors
from scores.simulation.record import record
from scores.trust.detection.windows import HOUR, floor

HEAD = "| kind | cheats | found | flagged | honest among them | precision | recall |\n|---|---|---|---|---|---|---|"


class Command(AuditedCommand):
    help = (
        "Fills an empty database with four days of simulated play, lets the detectors look at the last day, and prints "
        "as Markdown how many of the known cheats each detector found, and which honest users it flagged. With other "
        "thresholds in the environment it shows what they would do. Delete the database afterwards, or look at the "
        "flags in the admin."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="random seed; the same seed imagines the same play")
        parser.add_argument("--size", type=float, default=1.0, help="times as many honest users (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if UserScore.objects.exists():
            raise CommandError("The database has users. Set DATABASE_URL to an empty database.")
        past = imagine(floor(timezone.now(), HOUR), seed=options["seed"], size=options["size"])
        values = {kind.action_type: kind.score_value for kind in ActiveActionTypes().ask()}
        record(past.actions, values)
        rebuild_rank_index()
        self.stdout.write(f"{len(past.actions)} actions of {UserScore.objects.count()} users\n\n{HEAD}")
        found = judge_detectors(past)
        for each in found:
            self.stdout.write(_row(each))
        for each in found:
            for user_id in each.wrong:
                self.stdout.write(f"- `{each.kind}`, `{user_id}`: {evidence_against(each.kind, user_id)}")


def _row(found: Quality) -> str:
    return (
        f"| `{found.kind}` | {found.cheats} | {found.found} | {found.flagged} | {len(found.wrong)} | "
        f"{found.precision:.2f} | {found.recall:.2f} |"
    )
