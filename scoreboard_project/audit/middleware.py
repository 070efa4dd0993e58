"""Tells the audit which staff user a page's request acts for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from scoreboard_project.audit.actor import Actor, acting_as
from scoreboard_project.limits.client_address import client_address
from scoreboard_project.runtime.current_request import current_request_id


class AuditMiddleware:
    """Comes after the middleware that knows the user. Costs nothing until something is audited."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_as(lambda: _staff_actor(request)):
            return self.get_response(request)


def _staff_actor(request: HttpRequest) -> Actor:
    user = getattr(request, "user", None)
    name = f"staff:{user.get_username()}" if user is not None else "anonymous"
    forwarded = request.headers.get("X-Forwarded-For", "")
    return Actor(name, client_address(request.META.get("REMOTE_ADDR", ""), forwarded), current_request_id.get())
