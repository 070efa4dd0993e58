"""The worker's own jobs: it takes over what a killed worker was doing, and forgets old failures."""

from procrastinate.contrib.django import app
from procrastinate.utils import utcnow

from scoreboard_project.worker.process import DEAD_AFTER_SECONDS

FAILURES_KEPT_HOURS = 30 * 24


@app.periodic(cron="* * * * *")
@app.task(name="take_over_stalled", queueing_lock="take_over_stalled")
async def take_over_stalled(timestamp: int) -> None:
    """Queue the jobs of workers that have not reported for a while."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
        await app.job_manager.retry_job(job, retry_at=utcnow())


@app.periodic(cron="29 * * * *")
@app.task(name="forget_failures", queueing_lock="forget_failures")
async def forget_failures(timestamp: int) -> None:
    await app.job_manager.delete_old_jobs(FAILURES_KEPT_HOURS, include_failed=True, include_aborted=True)
