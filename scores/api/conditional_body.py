"""A response body with its ETag and its compressed form, each made once for the same bytes."""

import gzip
from functools import lru_cache
from hashlib import blake2b

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request

SMALLEST_WORTH_COMPRESSING = 512


@lru_cache(maxsize=512)
def _etag(body: bytes) -> str:
    # Weak: the compressed form is another representation of the same board.
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'


@lru_cache(maxsize=512)
def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=6, mtime=0)


def conditional_json(request: Request, body: bytes) -> HttpResponseBase:
    """`body` as JSON: 304 when the client has it, gzip when it asks for it."""
    etag = _etag(body)
    zipped = len(body) >= SMALLEST_WORTH_COMPRESSING and _accepts_gzip(request.headers.get("Accept-Encoding", ""))
    response = HttpResponse(_compressed(body) if zipped else body, content_type="application/json")
    if zipped:
        response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    response["Vary"] = "Accept-Encoding"
    answer = get_conditional_response(request, etag=etag, response=response)
    return answer or response


def _accepts_gzip(header: str) -> bool:
    for choice in header.lower().split(","):
        name, _, weight = choice.partition(";")
        if name.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
