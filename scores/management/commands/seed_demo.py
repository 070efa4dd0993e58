"""`manage.py seed_demo`: demo data for a new installation."""

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from leaderboard.rank_rebuild import RebuildBusy, RebuildLost
from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.audit.entries import record_change
from scoreboard_project.runtime.redis import RedisUnavailable
from scores.operations.demo import seed_demo
from scores.ranks.rebuild import rebuild_rank_index


class Command(AuditedCommand):
    help = "Applies demo actions through the ordinary write path. Running it again adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--players", type=int, default=120, help="how many users (%(default)s)")
        parser.add_argument("--actions", type=int, default=2000, help="how many actions in total (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        # If the index cannot be built now, the next reconcile pass builds it.
        with suppress(RebuildBusy, RebuildLost, RedisUnavailable):
            rebuild_rank_index()
        fresh = seed_demo(players=max(1, options["players"]), actions=max(0, options["actions"]))
        if fresh:
            record_change("demo.seeded", new={"actions": fresh})
        self.stdout.write(f"{fresh} new demo actions applied")
