"""Reads what games reported in a window. Operators' events are left out: imports, corrections, approvals."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection

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
        "game_servers": list(settings.DETECTION_GAME_SERVERS),
    }


def read(name: str, row: Callable[..., Row], window: Window, **parameters: Any) -> list[Row]:  # noqa: ANN401 - of SQL
    """The rows of `sql/detection/<name>.sql`."""
    with connection.cursor() as cursor:
        cursor.execute(read_sql(f"detection/{name}"), {**parameters_of(window), **parameters})
        return [row(*found) for found in cursor.fetchall()]


def network_of(address: str) -> str:
    """Addresses of one network are one place: the /24 of IPv4, the /48 of IPv6."""
    prefix = 48 if ip_address(address).version == 6 else 24
    return str(ip_network(f"{address}/{prefix}", strict=False))
