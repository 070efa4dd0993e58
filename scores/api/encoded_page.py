"""A page of the board as it is sent: bytes, ETag and gzip, each made once per version of the board."""

import gzip
import re
from functools import cached_property, lru_cache
from hashlib import blake2b

from django.utils.http import parse_etags

from scoreboard_project.api.calls import JSON, Call, Headers, Reply

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
    def plain(self) -> Reply:
        return Reply(200, self.body, (JSON, *self._validators))

    @cached_property
    def zipped(self) -> Reply:
        body = gzip.compress(self.body, compresslevel=6, mtime=0)
        return Reply(200, body, (JSON, (b"content-encoding", b"gzip"), *self._validators))

    @cached_property
    def unchanged(self) -> Reply:
        return Reply(304, b"", self._validators)

    @cached_property
    def _validators(self) -> Headers:
        return (b"etag", self.etag.encode()), (b"cache-control", b"no-cache"), (b"vary", b"Accept-Encoding")

    def reply(self, call: Call) -> Reply:
        """304 if the client already has the page; compressed if the client prefers gzip."""
        known = call.headers.get("if-none-match")
        if known is not None and is_named(self.etag, known):
            return self.unchanged
        is_zipped = prefers_gzip(call.headers.get("accept-encoding", ""), size=len(self.body))
        return self.zipped if is_zipped else self.plain


def is_named(etag: str, header: str) -> bool:
    """Whether an If-None-Match header names the ETag. Compares weakly (RFC 9110, 13.1.2)."""
    named = parse_etags(header)
    return named == ["*"] or etag.removeprefix("W/") in {each.removeprefix("W/") for each in named}


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
