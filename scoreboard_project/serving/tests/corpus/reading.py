"""Headers of reads."""

from collections.abc import Iterator
from typing import Any

from scoreboard_project.serving.tests.corpus.cases import Case, get, header
from scoreboard_project.testing.asgi import OWN_HOST

ENCODINGS = [
    *(b"gzip", b"GZIP", b"gzip, deflate", b"gzip;q=0", b"gzip;q=0.001", b"gzip;q=0.0", b"gzip;q=1.0", b"gzip;q=1.1"),
    *(b"gzip;q=x", b"gzip; q = 0.5", b"gzip;q=1;q=0", b"gzip;level=3", b"*", b"*;q=0", b"*;q=0.5", b"identity"),
    *(b"identity;q=0", b"identity;q=0, *;q=0", b"identity;q=0, gzip", b"identity;q=0.5, gzip;q=0.4", b"br", b"x-gzip"),
    *(b"", b",", b";", b"\xff", b"deflate, gzip;q=0.5, *;q=0"),
]
# `<etag>` stands for that of the page: `<strong>` for it without W/, `<bare>` without quotes too.
NONE_MATCHES = [
    *(
        b"<etag>",
        b'W/"x"',
        b"*",
        b'"x", <etag>',
        b"<strong>",
        b"<bare>",
        b"",
        b",",
        b"\xff",
        b'"',
        b"W/",
        b"* , <etag>",
    ),
    *(b"<etag>, *", b" <etag>", b"<etag>x", b"w/<strong>"),
]
HOSTS = [
    *(
        b"testserver",
        b"TESTSERVER",
        b"testserver:80",
        b"testserver:8000",
        b"testserver:x",
        b"testserver.",
        b"localhost",
    ),
    *(b"127.0.0.1", b"[::1]", b"[::1]:80", b"evil.example", b"", b"a b", b"testserver,evil.example", b"testserver@x"),
    *(b"\xff", b"testserver/", b".testserver", b"testserver:99999", b"-", b"..", b"testserver\xe4"),
]
OTHERS = [
    *(("if-match", '"x"'), ("range", "bytes=0-3"), ("if-modified-since", "Sat, 29 Oct 1994 19:43:31 GMT")),
    *(("accept", "text/html"), ("accept", ""), ("cookie", "sessionid=x"), ("x_request_id", "a b"), ("via", "1.1 x")),
    *(("x-http-method-override", "DELETE"), ("te", "trailers"), ("connection", "close"), ("upgrade", "h2c")),
    *(("content-type", "text/plain"), ("content-length", "0"), ("x-forwarded-host", "evil.example")),
]
ORIGINS = [
    *(b"https://game.example", b"https://game.example:443", b"HTTPS://GAME.EXAMPLE", b"https://a.games.example"),
    *(b"https://\xe4.games.example", b"https://\xc3\xa4.games.example", b"https://a b.games.example", b"null", b""),
    *(b"https://evil.example", b"https://game.example, https://game.example", b"\xff", b"https://game.example/"),
    *(b"https://\x80.games.example", b"https://a\tb.games.example", b"capacitor://localhost"),
]
CORS = {"CORS_ALLOWED_ORIGINS": ["https://game.example", "https://*.games.example", "capacitor://localhost"]}
PROXY = {"TRUSTED_PROXIES": ["127.0.0.1", "10.0.0.0/8"], "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}
HTTPS = {"SECURE_SSL_REDIRECT": True, "SECURE_HSTS_SECONDS": 31536000, "SECURE_HSTS_INCLUDE_SUBDOMAINS": True}
PEERS = [("127.0.0.1", 1), ("192.0.2.1", 1), ("::1", 1), ("::ffff:127.0.0.1", 1), ("", 0), None]
SCHEMES = [None, b"https", b"http", b"", b"https,http", b"http,https", b"HTTPS", b" https ", b"\xff"]


def representations() -> Iterator[Case]:
    for value in ENCODINGS:
        yield Case(f"Accept-Encoding {value!r}", get("scoreboard?limit=50", header("accept-encoding", value)))
        yield Case(f"404 Accept-Encoding {value!r}", get("users/nobody/scores", header("accept-encoding", value)))
    for value in NONE_MATCHES:
        for more in ((), (header("accept-encoding", "gzip"),)):
            yield Case(f"If-None-Match {value!r} {more}", get("scoreboard", header("if-none-match", value), *more))
    for name, values in [("accept-encoding", ("identity;q=0", "gzip")), ("if-none-match", ('"x"', "<etag>"))]:
        yield Case(f"{name} twice", get("scoreboard", *(header(name, value) for value in values)))
    yield Case("If-None-Match elsewhere", get("action-types", header("if-none-match", "*")))


def other_headers() -> Iterator[Case]:
    for value in HOSTS:
        yield Case(f"Host {value!r}", get("scoreboard", host=(header("host", value),)), is_fast=None)
    yield Case("no Host", get("scoreboard", host=()), is_fast=False)
    yield Case("Host twice", get("scoreboard", host=(OWN_HOST, OWN_HOST)), is_fast=False)
    for name, text in OTHERS:
        yield Case(f"{name}: {text}", get("scoreboard", header(name, text)))
    for text in ("100-continue", "x"):
        yield Case(f"Expect: {text}", get("scoreboard", header("expect", text)), is_fast=False)


def origins() -> Iterator[Case]:
    for value in ORIGINS:
        for path in ("scoreboard", "users/nobody/scores", "scoreboard?limit=0", "nothing", "/.well-known/jwks.json"):
            sent = get(path, header("origin", value))
            yield Case(f"closed, {path} {value!r}", sent, is_fast=path != "nothing")
            yield Case(f"{path} {value!r}", sent, is_fast=path != "nothing", settings=CORS)
    first = header("origin", ORIGINS[0])
    yield Case("no origin", get("scoreboard"), settings=CORS)
    yield Case("two origins", get("scoreboard", first, first), settings=CORS)
    yield Case("304 for an origin", get("scoreboard", first, header("if-none-match", "*")), settings=CORS)
    yield Case("a bad id and an origin", get("scoreboard", first, header("x-request-id", "")), False, settings=CORS)


def https() -> Iterator[Case]:
    settings: list[dict[str, Any]] = [{}, PROXY, HTTPS, {**PROXY, **HTTPS}, {**HTTPS, **CORS}]
    for value in SCHEMES:
        forwarded = () if value is None else (header("x-forwarded-proto", value),)
        for peer in PEERS[:2]:
            for number, each in enumerate(settings):
                sent = get("scoreboard", *forwarded, peer=peer)
                yield Case(f"{value!r} {peer} {number}", sent, is_fast=None, settings=each)
    for number, each in enumerate(settings):
        for peer in PEERS:
            sent = get("scoreboard", header("x-forwarded-proto", "https"), peer=peer)
            yield Case(f"{peer} {number}", sent, is_fast=None, settings=each)
        yield Case(f"by TLS {number}", get("scoreboard", scheme="https"), settings=each)
