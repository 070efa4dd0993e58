"""`manage.py seed_demo`: players to look at on a new installation."""

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand

from leaderboard.rank_rebuild import RebuildBusy, RebuildLost
from scoreboard_project.runtime.redis import RedisUnavailable
from scores.operations.demo import seed_demo
from scores.ranks.rebuild import rebuild_rank_index


class Command(BaseCommand):
    """Demo data."""

    help = "Plays a demo's actions through the ordinary write path. Run again, it adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's options."""
        parser.add_argument("--players", type=int, default=120)
        parser.add_argument("--actions", type=int, default=2000)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and say how many actions were new."""
        # An index that cannot be built now is built by the next reconcile pass.
        with suppress(RebuildBusy, RebuildLost, RedisUnavailable):
            rebuild_rank_index()
        fresh = seed_demo(players=max(1, options["players"]), actions=max(0, options["actions"]))
        self.stdout.write(f"{fresh} demo actions applied")
