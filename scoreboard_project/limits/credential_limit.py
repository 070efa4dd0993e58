"""django-ratelimit before everything that takes a password or a refresh token: so many tries a minute per address."""

from collections.abc import Callable, Mapping
from functools import wraps
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_ratelimit.core import get_usage

from scoreboard_project.api.errors import RateLimitExceeded
from scoreboard_project.api.exception_handler import error_response
from scoreboard_project.limits.client_address import client_address

GROUP = "credentials"
# One household or one attacker has a whole /64.
IPV6_PREFIX = 64


def check_credential_rate(headers: Mapping[str, Any], *, group: str = GROUP) -> None:
    """Count one try of the address behind WSGI's `headers`. Raises RateLimitExceeded.

    TOKEN_REQUESTS_PER_MINUTE=0 allows all. Without Redis each process counts for itself. Groups count apart.
    """
    if not settings.TOKEN_REQUESTS_PER_MINUTE:
        return
    usage = get_usage(
        None,
        group=group,
        key=lambda _group, _request: _address_block(client_address(headers)),
        rate=f"{settings.TOKEN_REQUESTS_PER_MINUTE}/m",
        increment=True,
    )
    if usage and usage["should_limit"]:
        raise RateLimitExceeded(retry_after=max(1, usage["time_left"]))


def limit_credentials(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A plain Django view (the admin's login) whose POSTs are counted; answers 429 in the envelope."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - the view's own
        if request.method == "POST":
            try:
                check_credential_rate(request.META)
            except RateLimitExceeded as error:
                return error_response(error)
        return view(request, *args, **kwargs)

    return limited


def _address_block(address: str) -> str:
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/{IPV6_PREFIX}", strict=False))
