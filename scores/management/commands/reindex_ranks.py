"""`manage.py reindex_ranks`: rebuild the rank index from PostgreSQL, or compare the two."""

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from leaderboard.rank_rebuild import RebuildBusy, RebuildLost
from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.audit.entries import record_change
from scoreboard_project.runtime.redis import RedisUnavailable
from scores.ranks.drift import RankDrift, check_rank_index
from scores.ranks.rebuild import rebuild_rank_index
from scores.ranks.snapshot import write_rank_snapshot
from scores.ranks.standings import count_users_estimated


class Command(AuditedCommand):
    help = "Rebuilds the rank index from PostgreSQL without stopping traffic, and updates users_scores.rank."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare the two; exit with 1 if they differ")
        parser.add_argument("--no-snapshot", action="store_true", help="do not update users_scores.rank")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            summary = self._check() if options["check"] else self._rebuild(snapshot=not options["no_snapshot"])
        except (RebuildBusy, RebuildLost) as error:
            raise CommandError(f"{error}. This command did not change the live index. Run it again later.") from error
        except RedisUnavailable as error:
            raise CommandError(f"Redis is not available: {error}") from error
        self._print(summary, as_json=options["json"])
        if summary.get("drift"):
            sys.exit(1)

    def _rebuild(self, *, snapshot: bool) -> dict[str, Any]:
        started = time.monotonic()
        with progress("rank index") as bar:
            users = rebuild_rank_index(bar.update)
        summary: dict[str, Any] = {"users": users, "rebuildSeconds": round(time.monotonic() - started, 2)}
        if snapshot:
            started = time.monotonic()
            with progress("rank column") as bar:
                summary["ranksChanged"] = write_rank_snapshot(bar.update)
            summary["snapshotSeconds"] = round(time.monotonic() - started, 2)
        record_change("ranks.rebuilt", new=summary)
        return summary

    def _check(self) -> dict[str, Any]:
        started = time.monotonic()
        with progress("checked") as bar:
            drift: RankDrift = check_rank_index(bar.update)
        return {
            "users": drift.checked,
            "seconds": round(time.monotonic() - started, 2),
            "drift": not drift.is_clean,
            "ready": drift.is_ready,
            "wrong": drift.wrong_count,
            "extra": drift.extra_count,
            "stray": drift.stray_count,
            "examples": [*drift.wrong, *drift.extra],
        }

    def _print(self, summary: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(summary))
            return
        for name, value in summary.items():
            self.stdout.write(f"{name}: {value}")


def progress(what: str) -> "tqdm[Any]":
    """A progress bar on stderr, shown only on a terminal."""
    return tqdm(total=count_users_estimated() or None, desc=what, unit=" users", disable=None)
