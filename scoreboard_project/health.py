"""`/healthz`: this process answers. `/readyz`: the services that it needs answer too."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from scoreboard_project.api.json_codec import encode_json
from scoreboard_project.api.request_id import IS_QUIET
from scoreboard_project.runtime.lifecycle import stopping
from scoreboard_project.runtime.metrics import metrics
from scoreboard_project.runtime.redis import RedisUnavailable, redis
from scoreboard_project.tokens.tokens import current_tokens

Part = dict[str, Any]
log = logging.getLogger("scoreboard.health")


class HealthMiddleware:
    """Answers /healthz, /readyz and /metrics, at the addresses in urls.py, ahead of Django's own middleware.

    Probes use an IP address and plain HTTP, which ALLOWED_HOSTS and the redirect to HTTPS would refuse.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.probes = {reverse(probe): probe for probe in (healthz, readyz, metrics)}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = self.probes.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        request.META[IS_QUIET] = True
        return probe(request)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers. Asks neither PostgreSQL nor Redis."""
    return _json(200, {"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """503 while this process is about to stop, and while PostgreSQL is unavailable: nothing can be recorded then.

    If Redis is unavailable, or the outside issuer's keys were never fetched, it is 200 `degraded`. Without Redis the
    boards and updates still work; without the keys public requests do. Taking every server out of the gateway at once
    would make matters worse.
    """
    if stopping.is_set():
        return _json(503, {"status": "stopping", "parts": {}})
    parts: dict[str, Part] = {"postgresql": _timed(_ask_postgresql), "redis": _timed(_ask_redis)}
    if outside := current_tokens().outside:
        outside.start()
        parts["jwks"] = {"ok": True} if outside.fetched_at else {"ok": False, "reason": "not fetched yet"}
    if not parts["postgresql"]["ok"]:
        return _json(503, {"status": "not ready", "parts": parts})
    status = "ready" if all(part["ok"] for part in parts.values()) else "degraded"
    return _json(200, {"status": status, "parts": parts})


def _ask_postgresql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_redis() -> None:
    redis.ping()


def _timed(ask: Callable[[], None]) -> Part:
    started = time.perf_counter()
    try:
        ask()
    except (DatabaseError, RedisUnavailable) as error:
        # The full message names hosts and users, so only the log gets it.
        log.warning("A readiness check failed", extra={"reason": str(error)})
        return {"ok": False, "reason": f"no answer ({type(error).__name__})"}
    return {"ok": True, "milliseconds": round((time.perf_counter() - started) * 1000, 2)}


def _json(status: int, body: dict[str, Any]) -> HttpResponse:
    content = encode_json(body)
    headers = {"Cache-Control": "no-store", "Content-Length": str(len(content))}
    return HttpResponse(content, status=status, content_type="application/json", headers=headers)
