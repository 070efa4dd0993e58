"""What the pages share: the Content-Security-Policy, and the page for when PostgreSQL is unavailable."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

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
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.format(host=request.get_host())
    return response


def unavailable_page(request: HttpRequest) -> HttpResponse:
    """Answer 503 with a page that reloads itself."""
    return render_page(request, "unavailable", {}, status=503)
