"""Live boards: websockets, the hub that feeds them, and the pages that show them. No tables."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """The live app."""

    name = "live"
