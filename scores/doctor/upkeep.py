"""Is everything in place for the time to come?"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.checks import ERROR, WARNING, run_checks
from django.utils import timezone

from scoreboard_project.tokens.models import SigningKey
from scoreboard_project.tokens.rotation import BEGINNING
from scoreboard_project.worker.queue import read_queue
from scores.doctor.finding import Finding, fine, unknown, warning, wrong
from scores.operations.partitions import maintain_partitions

OLDEST_JOB = timedelta(minutes=10)
OLDEST_KEY = timedelta(days=365)


def examine_settings() -> Finding:
    """What `manage.py check --deploy` says."""
    found = run_checks(include_deployment_checks=settings.IN_PRODUCTION)
    errors, warnings = (
        [each for each in found if low <= each.level < high] for low, high in ((ERROR, 99), (WARNING, ERROR))
    )
    if errors:
        return wrong(" ".join(each.msg for each in errors), "Run: check --deploy")
    if warnings:
        return warning(" ".join(each.msg for each in warnings), "Run: check --deploy")
    return fine("they fit together")


def examine_partitions() -> Finding:
    """This month and the next ones must have theirs: without, events go to the default partition."""
    planned = maintain_partitions(now=timezone.now(), dry_run=True)
    if not planned.created:
        return fine("they are there for the months to come")
    return wrong(f"missing: {', '.join(planned.created)}", "Run a worker, or: maintain_partitions", _make_partitions)


def _make_partitions() -> None:
    maintain_partitions(now=timezone.now())


def examine_queue() -> Finding:
    """Whether jobs are done."""
    queue = read_queue()
    if queue.oldest_seconds > OLDEST_JOB.total_seconds():
        return wrong(f"a job waits for {queue.oldest_seconds // 60:.0f} minutes", "See the worker's log.")
    if not queue.workers:
        return warning("no worker has reported within the last minute", "Run: work")
    if queue.failed:
        return warning(f"{queue.failed} jobs failed for good", "See the worker's log.")
    return fine(f"{queue.workers} workers, {queue.waiting} jobs wait")


def examine_signing_key() -> Finding:
    """A key that is never replaced leaks sooner or later."""
    began = _signs_since()
    if began is None:
        return unknown("the private key is neither in the database nor in a file of this machine")
    age = timezone.now() - began
    if age > OLDEST_KEY:
        return warning(f"the key has signed tokens for {age.days} days", "Run: rotate_signing_key")
    return fine(f"the key has signed tokens for {age.days} days")


def _signs_since() -> datetime | None:
    newest = SigningKey.objects.filter(signs_from__lte=timezone.now()).order_by("-signs_from").first()
    path = os.environ.get("JWT_PRIVATE_KEY_FILE", "").strip()
    if newest is not None and newest.signs_from > BEGINNING:
        return newest.signs_from
    return datetime.fromtimestamp(Path(path).stat().st_mtime, UTC) if path else None
