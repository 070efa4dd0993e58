"""What the worker does for scores."""

from django.utils import timezone

from scoreboard_project.worker.declare import periodic_job, time_is_left
from scores.operations.partitions import maintain_partitions
from scores.trust.detection.scan import detect_new
from scores.trust.detection.usual import forget_old_hours

DETECTION_SECONDS = 50


@periodic_job(cron="* * * * *")
def detect() -> None:
    detect_new(timezone.now(), time_is_left(DETECTION_SECONDS))


# Hourly, so that a worker that was away at some hour of the night leaves nothing undone. Mostly there is nothing to do.
@periodic_job(cron="17 * * * *")
def maintain() -> None:
    maintain_partitions(now=timezone.now())
    forget_old_hours(timezone.now())
