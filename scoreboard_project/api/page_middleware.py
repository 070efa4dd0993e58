"""Django's middleware of logged-in people, for pages and the admin alone: the API knows bearers, and answers faster."""

from collections.abc import Awaitable

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

API_PREFIX = "/api/"


class _PagesOnly(MiddlewareMixin):
    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if request.path_info.startswith(API_PREFIX):
            return self.get_response(request)
        return super().__call__(request)


class PageSessionMiddleware(_PagesOnly, SessionMiddleware):
    """Sessions."""


class PageAuthenticationMiddleware(_PagesOnly, AuthenticationMiddleware):
    """`request.user`."""


class PageMessageMiddleware(_PagesOnly, MessageMiddleware):
    """What the admin says after a change."""
