"""Limits tries per minute and address: of passwords, refresh tokens and viewer tokens."""

import logging
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from scoreboard_project.api.errors import RateLimitExceeded
from scoreboard_project.api.exception_handler import error_response
from scoreboard_project.limits.client_address import client_block
from scoreboard_project.limits.rate_limit import SECONDS_PER_MINUTE, check_rate

log = logging.getLogger("scoreboard.limits")


def check_credential_rate(headers: Mapping[str, Any], *, group: str = "credentials") -> None:
    """Count one try by the client address in WSGI's `headers`. Raises RateLimitExceeded.

    TOKEN_REQUESTS_PER_MINUTE=0 allows all. Groups count apart.
    """
    limit = settings.TOKEN_REQUESTS_PER_MINUTE
    block = client_block(headers)
    if not block:
        _warn_of_one_limit_for_all()
    check_rate(group, block, limit=limit, window_seconds=SECONDS_PER_MINUTE)


@cache
def _warn_of_one_limit_for_all() -> None:
    """Once a process: passwords must stay limited, so that clients without an address share one limit."""
    log.warning("Clients without an address share one limit; behind a proxy on a unix socket set TRUSTED_PROXIES=unix")


def limit_credentials(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Count the POSTs of a plain Django view (the admin's login). Too many get a 429 in the envelope."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - the view's own
        if request.method == "POST":
            try:
                check_credential_rate(request.META)
            except RateLimitExceeded as error:
                return error_response(error)
        return view(request, *args, **kwargs)

    return limited
