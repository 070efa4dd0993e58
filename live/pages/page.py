"""What the pages share: rendering under their Content-Security-Policy, and the answer while PostgreSQL is away."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# Scripts and styles are files of this server: nothing inline, nothing from elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    # Older browsers do not count a websocket of the same host as 'self'.
    "connect-src 'self' ws://{host} wss://{host}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def render_page(request: HttpRequest, name: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """The template `live/<name>.html`, with the policy."""
    response = render(request, f"live/{name}.html", context, status=status)
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.format(host=request.get_host())
    return response


def unavailable_page(request: HttpRequest) -> HttpResponse:
    """503; the page tries again by itself."""
    return render_page(request, "unavailable", {}, status=503)
