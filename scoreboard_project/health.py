"""`/healthz`: this process answers. `/readyz`: the services that it needs answer too."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_resolver
from django.views.decorators.http import require_safe

from leaderboard.rank_belief import rank_belief
from scoreboard_project.api.json_codec import encode_json
from scoreboard_project.api.request_id import IS_QUIET
from scoreboard_project.runtime.lifecycle import stopping
from scoreboard_project.runtime.metrics import metrics
from scoreboard_project.runtime.postgres.states import SET_UP_WRONGLY
from scoreboard_project.runtime.redis import RedisUnavailable
from scoreboard_project.runtime.redis_needs import find_eviction, find_redis_problem
from scoreboard_project.tokens.tokens import current_tokens
from scores.selectors.recording import why_no_action_is_recorded

Part = dict[str, Any]

log = logging.getLogger("scoreboard.health")
_last_reasons: dict[str, str] = {}


class HealthMiddleware:
    """Answers /healthz, /readyz and /metrics, at the addresses in urls.py, ahead of Django's own middleware.

    Probes use an IP address and plain HTTP, which ALLOWED_HOSTS and the redirect to HTTPS would refuse. In an ASGI
    process probes.py answers them first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        # Django's `reverse` would begin with SCOREBOARD_BASE_PATH.
        addresses = get_resolver()
        views = {"healthz": healthz, "readyz": readyz, "metrics": metrics}
        self.probes = {f"/{addresses.reverse(name)}": view for name, view in views.items()}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = self.probes.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        request.META[IS_QUIET] = True
        return probe(request)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers. Asks neither PostgreSQL nor Redis."""
    return _json(200, HEALTHY)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """See `readiness`."""
    return _json(*readiness())


HEALTHY: dict[str, Any] = {"status": "ok"}


def readiness() -> tuple[int, dict[str, Any]]:
    """Status and body: 503 while this process is about to stop, and while PostgreSQL cannot record actions.

    If Redis is unavailable, refuses what we need, or holds ranks that this process does not use, or if the outside
    issuer's keys were never fetched, it is 200 `degraded`. Without Redis the boards and updates still work; without the
    keys public requests do. Taking every server out of the gateway at once would make matters worse. It uses no
    connection of the pool, and takes a few seconds at most.
    """
    if stopping.is_set():
        return 503, {"status": "stopping", "parts": {}}
    parts: dict[str, Part] = {"postgresql": _timed("postgresql", _ask_postgresql), "redis": _timed("redis", _ask_redis)}
    if outside := current_tokens().outside:
        outside.start()
        parts["jwks"] = {"ok": True} if outside.fetched_at else {"ok": False, "reason": "not fetched yet"}
    if not parts["postgresql"]["ok"]:
        return 503, {"status": "not ready", "parts": parts}
    return 200, {"status": "ready" if all(part["ok"] for part in parts.values()) else "degraded", "parts": parts}


def ask_at_start() -> None:
    """Log what is wrong without delaying the start of the server: an operator can fix it while the server runs."""
    threading.Thread(target=_look_at_start, name="first-readiness", daemon=True).start()


def _look_at_start() -> None:
    readiness()
    with suppress(RedisUnavailable):  # readiness has said so
        if eviction := find_eviction():
            log.warning("Redis may lose what is needed", extra={"reason": eviction})


def _ask_postgresql() -> tuple[str, str]:
    refusal = why_no_action_is_recorded()
    if refusal is None:
        return "", ""
    prefix = "set up wrongly: " if refusal.meaning is SET_UP_WRONGLY else ""
    return f"{prefix}{refusal}", refusal.said


def _ask_redis() -> tuple[str, str]:
    try:
        problem = find_redis_problem()
    except RedisUnavailable as error:
        return f"no answer ({type(error).__name__})", str(error)
    reason = problem.reason if problem else rank_belief.reason
    return reason, reason


def _timed(name: str, ask: Callable[[], tuple[str, str]]) -> Part:
    """`ask` returns the reason for everyone and the details for the log: those name hosts and users."""
    started = time.perf_counter()
    reason, details = ask()
    if reason != _last_reasons.get(name, "") and not (name == "redis" and rank_belief.is_watched):
        # A line for each change, not for each probe. The thread that watches Redis writes its own.
        _last_reasons[name] = reason
        if reason:
            log.warning("A readiness check failed", extra={"part": name, "reason": reason, "details": details})
        else:
            log.warning("A readiness check passes again", extra={"part": name})
    if reason:
        return {"ok": False, "reason": reason}
    return {"ok": True, "milliseconds": round((time.perf_counter() - started) * 1000, 2)}


def _json(status: int, body: dict[str, Any]) -> HttpResponse:
    content = encode_json(body)
    headers = {"Cache-Control": "no-store", "Content-Length": str(len(content))}
    return HttpResponse(content, status=status, content_type="application/json", headers=headers)
