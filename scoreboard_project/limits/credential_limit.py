"""Limits tries per minute and address: of passwords, refresh tokens and viewer tokens; and of passwords per account.

All of them count before a password is looked at, so that a refusal says nothing about it or about the account.
"""

import logging
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from scoreboard_project.api.errors import RateLimitExceeded
from scoreboard_project.api.exception_handler import error_response
from scoreboard_project.limits.client_address import client_block
from scoreboard_project.limits.rate_limit import SECONDS_PER_MINUTE, check_rate, forget_rate

ACCOUNT_WINDOW_SECONDS = 15 * SECONDS_PER_MINUTE
# Django's own limit for a username.
MAX_ACCOUNT_LENGTH = 150
ADMIN = "admin"
TOKENS = "tokens"

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


def check_account_rate(door: str, account: str) -> None:
    """Count one try of a password, from wherever it comes. Raises RateLimitExceeded: the account is locked for a while.

    `door` counts apart: who locks an account where tokens are made does not lock the admin.
    """
    limit = settings.LOGIN_TRIES_PER_ACCOUNT
    check_rate(f"account:{door}", _account_key(account), limit=limit, window_seconds=ACCOUNT_WINDOW_SECONDS)


def note_login(door: str, account: str) -> None:
    """The password was right: earlier tries no longer count."""
    forget_rate(f"account:{door}", _account_key(account))


def _account_key(account: str) -> str:
    """As Django's login form reads a name; unknown names count like others."""
    return unicodedata.normalize("NFKC", account)[:MAX_ACCOUNT_LENGTH]


@cache
def _warn_of_one_limit_for_all() -> None:
    """Once a process: passwords must stay limited, so that clients without an address share one limit."""
    log.warning("Clients without an address share one limit; behind a proxy on a unix socket set TRUSTED_PROXIES=unix")


def limit_credentials(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Count the POSTs of the admin's login. Too many get a 429 in the envelope."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - the view's own
        if request.method == "POST":
            try:
                check_credential_rate(request.META)
                check_account_rate(ADMIN, request.POST.get("username", ""))
            except RateLimitExceeded as error:
                return error_response(error)
        answer = view(request, *args, **kwargs)
        if request.method == "POST" and request.user.is_authenticated:
            note_login(ADMIN, request.POST.get("username", ""))
        return answer

    return limited
