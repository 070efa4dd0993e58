"""Limits tries per minute and address: of passwords, refresh tokens and viewer tokens."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from scoreboard_project.api.errors import RateLimitExceeded
from scoreboard_project.api.exception_handler import error_response
from scoreboard_project.limits.client_address import client_block
from scoreboard_project.limits.rate_limit import SECONDS_PER_MINUTE, check_rate


def check_credential_rate(headers: Mapping[str, Any], *, group: str = "credentials") -> None:
    """Count one try by the client address in WSGI's `headers`. Raises RateLimitExceeded.

    TOKEN_REQUESTS_PER_MINUTE=0 allows all. Groups count apart.
    """
    limit = settings.TOKEN_REQUESTS_PER_MINUTE
    check_rate(group, client_block(headers), limit=limit, window_seconds=SECONDS_PER_MINUTE)


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
