"""The worker as a Django app, with its command and its metrics."""

from django.apps import AppConfig

from scoreboard_project.runtime.metrics import register_collector
from scoreboard_project.worker.metrics import JobCollector


class WorkerConfig(AppConfig):
    name = "scoreboard_project.worker"
    verbose_name = "Worker"

    def ready(self) -> None:
        register_collector(JobCollector())
