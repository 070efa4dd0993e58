"""A page of the board as it is sent: bytes, ETag and gzip, each made once per version of the board."""

import gzip
from functools import cached_property
from hashlib import blake2b

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request

SMALLEST_WORTH_COMPRESSING = 512


class EncodedPage:
    """The JSON bytes of a page, with what a conditional or compressed response needs."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    @cached_property
    def etag(self) -> str:
        """Weak: the compressed form is another representation of the same page."""
        return f'W/"{blake2b(self.body, digest_size=12).hexdigest()}"'

    @cached_property
    def zipped(self) -> bytes:
        return gzip.compress(self.body, compresslevel=6, mtime=0)

    def answer(self, request: Request) -> HttpResponseBase:
        """304 if the client already has the page; compressed if the client accepts gzip."""
        wants_gzip = accepts_gzip(request.headers.get("Accept-Encoding", ""))
        is_zipped = wants_gzip and len(self.body) >= SMALLEST_WORTH_COMPRESSING
        response = HttpResponse(self.zipped if is_zipped else self.body, content_type="application/json")
        if is_zipped:
            response["Content-Encoding"] = "gzip"
        response["ETag"] = self.etag
        response["Cache-Control"] = "no-cache"
        response["Vary"] = "Accept-Encoding"
        return get_conditional_response(request, etag=self.etag, response=response) or response


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    for choice in header.lower().split(","):
        name, _, weight = choice.partition(";")
        if name.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
