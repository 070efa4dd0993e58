"""A page of the board as it is sent: bytes, ETag and gzip, each made once per version of the board."""

import gzip
import re
from functools import cached_property, lru_cache
from hashlib import blake2b

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request

SMALLEST_WORTH_COMPRESSING = 512
WEIGHT = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
SMALLEST_WEIGHT = 0.0005


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
        """304 if the client already has the page; compressed if the client prefers gzip."""
        is_zipped = prefers_gzip(request.headers.get("Accept-Encoding", ""), size=len(self.body))
        response = HttpResponse(self.zipped if is_zipped else self.body, content_type="application/json")
        if is_zipped:
            response["Content-Encoding"] = "gzip"
        response["ETag"] = self.etag
        response["Cache-Control"] = "no-cache"
        response["Vary"] = "Accept-Encoding"
        return get_conditional_response(request, etag=self.etag, response=response) or response


def prefers_gzip(header: str, *, size: int) -> bool:
    """Whether to send `size` bytes compressed to a client with this Accept-Encoding header (RFC 9110, 12.5.3)."""
    gzip_weight, plain_weight = coding_weights(header)
    if size < SMALLEST_WORTH_COMPRESSING and plain_weight > 0:
        return False
    return gzip_weight > 0 and gzip_weight >= plain_weight


@lru_cache(maxsize=256)
def coding_weights(header: str) -> tuple[float, float]:
    """The weights, 0 to 1, of gzip and of no coding at all. What a client names outweighs what its `*` stands for.

    No coding, unless it is named or excluded by `*;q=0`, is taken where gzip is not: it weighs next to nothing.
    """
    weights = {name: weight for name, weight in map(_coding, header.lower().split(",")) if name}
    rest = weights.get("*")
    gzip_weight = max(weights.get("gzip", -1.0), weights.get("x-gzip", -1.0))
    plain_weight = weights.get("identity", 0.0 if rest == 0 else SMALLEST_WEIGHT)
    return (gzip_weight if gzip_weight >= 0 else rest or 0.0), plain_weight


def _coding(choice: str) -> tuple[str, float]:
    """A coding and its weight. One that is malformed is refused rather than guessed."""
    name, *parameters = (part.strip() for part in choice.split(";"))
    found = [WEIGHT.fullmatch(parameter) for parameter in parameters]
    if not found:
        return name, 1.0
    return name, float(found[0][1]) if len(found) == 1 and found[0] else 0.0
