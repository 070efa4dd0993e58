"""Reads what games reported in a window. The view `reported_events` leaves operators' events out."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection

from scoreboard_project.limits.client_address import UNIX
from scores.sql.statements import read_sql
from scores.trust.detection.windows import Window

Row = TypeVar("Row")


def parameters_of(window: Window) -> dict[str, Any]:
    """What every statement of the detection can use."""
    return {
        "start": window.start,
        "end": window.end,
        "duration_field": settings.DETECTION_DURATION_FIELD,
        "level_field": settings.DETECTION_LEVEL_FIELD,
        "game_servers": [network for network in settings.DETECTION_GAME_SERVERS if network != UNIX],
    }


def read(name: str, row: Callable[..., Row], window: Window, **parameters: Any) -> list[Row]:  # noqa: ANN401 - of SQL
    """The rows of `sql/detection/<name>.sql`."""
    with connection.cursor() as cursor:
        cursor.execute(read_sql(f"detection/{name}"), {**parameters_of(window), **parameters})
        return [row(*found) for found in cursor.fetchall()]
