"""Limits pages that cost several queries, per minute and address, with django-ratelimit.

A page does not need the exact limiter. This one counts fixed minutes. While Redis is unavailable it counts nothing, and
every page is shown.
"""

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage

from scoreboard_project.api.errors import RateLimitExceeded
from scoreboard_project.limits.client_address import client_block
from scoreboard_project.runtime.redis import redis


def check_page_rate(request: HttpRequest) -> None:
    """Count one page for the request's address. Raises RateLimitExceeded. PLAYER_PAGES_PER_MINUTE=0 allows all."""
    usage = get_usage(request, group="pages", key=_counted_address, rate=_rate, increment=True)
    if usage and usage["should_limit"]:
        raise RateLimitExceeded(retry_after=max(1, usage["time_left"]))


def _counted_address(group: str, request: HttpRequest) -> str:
    return client_block(request.META)


def _rate(group: str, request: HttpRequest) -> str | None:
    """None (no limit) for peers without an address, which would share one, and while calls to Redis would fail."""
    limit = settings.PLAYER_PAGES_PER_MINUTE
    return f"{limit}/m" if limit and client_block(request.META) and not redis.breaker.is_open else None
