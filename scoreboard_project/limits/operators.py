"""Hides what only operators need, the admin and the metrics, from all addresses but those in OPERATOR_ADDRESSES."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from scoreboard_project.limits.client_address import client_address, is_in_networks

# Addresses as urls.py has them, and everything below.
METRICS = "/metrics"
NOWHERE = "/nothing-is-here"
HIDDEN_PATHS = ("/admin", METRICS)


def is_hidden_from(peer: str, forwarded_for: str, path: str) -> bool:
    """Whether the client may not know that there is something at `path` (without SCOREBOARD_BASE_PATH)."""
    networks = tuple(settings.OPERATOR_ADDRESSES)
    if not networks or not any(path == hidden or path.startswith(f"{hidden}/") for hidden in HIDDEN_PATHS):
        return False
    return not is_in_networks(client_address(peer, forwarded_for), networks)


class OperatorAddressesMiddleware:
    """Sends strangers to an address where nothing is, so that the answer is the same in every header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        peer, forwarded_for = (request.META.get(name, "") for name in ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR"))
        if is_hidden_from(peer, forwarded_for, request.path_info):
            request.path_info = NOWHERE
        return self.get_response(request)
