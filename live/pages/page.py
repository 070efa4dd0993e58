"""What the pages share: the Content-Security-Policy, and the page for when PostgreSQL is unavailable."""

from collections.abc import Mapping
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from scoreboard_project.api.exception_handler import as_api_error
from scoreboard_project.api.origins import normal_host
from scoreboard_project.runtime.postgres.states import refusal_of

# This server serves all scripts and styles as files. Nothing is inline, and nothing comes from other hosts.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    # In older browsers 'self' does not cover a websocket to the same host.
    "connect-src 'self' ws://{host} wss://{host}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def render_page(request: HttpRequest, name: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render `live/<name>.html` and set the policy."""
    response = render(request, f"live/{name}.html", context, status=status)
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.format(host=normal_host(request.get_host()))
    return response


def unavailable_page(request: HttpRequest, error: Error) -> HttpResponse:
    """Answer 503 with a page that reloads itself. Raises `error` when it is a defect and not PostgreSQL's refusal."""
    if refusal_of(error) is None:
        raise error
    answer = as_api_error(error)
    page = render_page(request, "unavailable", {}, status=answer.status)
    for name, value in answer.headers.items():
        page[name] = value
    return page
