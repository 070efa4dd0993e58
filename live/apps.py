"""Live boards: the websockets, the hub that feeds them, and the pages. The app has no tables."""

from django.apps import AppConfig

from live.counts.metrics import PresenceCollector
from scoreboard_project.runtime.metrics import register_collector


class LiveConfig(AppConfig):
    name = "live"

    def ready(self) -> None:
        """Report the presence of all live processes at /metrics."""
        register_collector(PresenceCollector())
