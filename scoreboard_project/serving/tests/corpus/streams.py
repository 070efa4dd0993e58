"""What clients send over a connection, byte for byte. Each ends with a request that closes it, or is cut off."""

from scoreboard_project.serving.tests.corpus.cases import LEVEL

BOARD = "GET /api/v1/scoreboard?limit=1 HTTP/1.1"
UPDATE = "PUT /api/v1/scores/update HTTP/1.1"
HOST = "Host: 127.0.0.1"
CHUNKED = "Transfer-Encoding: chunked"
CLOSE = "Connection: close"
BODY = LEVEL.decode()


def req(line: str, *headers: str, body: str = "", host: str | None = HOST) -> bytes:
    return "\r\n".join([line, *([] if host is None else [host]), *headers, "", body]).encode("latin-1")


def last(line: str, *headers: str, host: str | None = HOST) -> bytes:
    return req(line, *headers, CLOSE, host=host)


END = last(BOARD)


def put(*headers: str, body: str = BODY, length: object = None, line: str = UPDATE) -> bytes:
    """An update of ana's; `length` False sends none."""
    size = [] if length is False else [f"Content-Length: {len(body) if length is None else length}"]
    return req(line, "Authorization: Bearer <ana>", "Content-Type: application/json", *size, *headers, body=body)


def chunked(body: str, *headers: str) -> bytes:
    return put(CHUNKED, *headers, body=body, length=False)


def chunks(body: str, size: int = 7) -> str:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return "".join(f"{len(part):x}\r\n{part}\r\n" for part in parts) + "0\r\n\r\n"


def anonymous(body: str, *headers: str) -> bytes:
    return req(UPDATE, f"Content-Length: {len(body)}", *headers, body=body)


def ticket(body: str) -> bytes:
    return req(
        "POST /api/v1/live/ticket HTTP/1.1", "Authorization: Bearer <ana>", f"Content-Length: {len(body)}", body=body
    )


def lines(*targets: str) -> bytes:
    return b"".join(req(f"GET {target} HTTP/1.1") for target in targets) + END


USERS = [
    *("bob", "%00", "%0A", "%FF", "%ED%A0%80", "%C3%A9", "a%2Fb", "%2F", ".", "..", "%2e%2e", "%zz", "%25", "x" * 5000),
]
PATHS = [
    *("//api/v1/scoreboard", "/api//v1/scoreboard", "/api/v1/../v1/scoreboard", "/api/v1/./scoreboard"),
    *("/api/v1/scoreboard/", "/api%2Fv1/scoreboard", "/api/v1/scoreboard%0A", "/api/v1/scoreboard%00"),
    *("/api/v1/scoreboar%64", "/api/v1/scoreboard;x", "/api/v1/scoreboard?", "/api/v1/scoreboard??limit=1"),
]
ODD_IDS = ("   run-1  ", "\trun-1\t", " a b", "", " \xff")
ODD_TARGETS = [
    *("/api/v1/users/\xe4/scores", "/api/v1/users/a b/scores", "/api/v1/scoreboard?limit=\xff", "/?x=\xff"),
    *("/api/v1/scoreboard?limit=1&x=\xff", "/api/v1/scoreboard?limit=1#x"),
]
METHODS = ("get", "BREW", "TRACE", "X" * 99)
WHOLE: dict[str, bytes] = {
    "pipelined": req(BOARD) + put() + req(BOARD) + END,
    "errors, then another": anonymous(BODY) + put(body="{") + req("GET /api/v1/scoreboard?limit=0 HTTP/1.1") + END,
    "too large": put(body=BODY.rjust(70_000)) + END,
    "much too large": put(body=BODY.rjust(300_000)) + END,
    "large, no token": anonymous(BODY.rjust(300_000)) + END,
    "ticket with a body": ticket("x" * 70_000) + END,
    "GET with a body": req(BOARD, "Content-Length: 5", body="12345") + END,
    "GET with a large body": req(BOARD, "Content-Length: 300000", body="x" * 300_000) + END,
    "GET in chunks": req(BOARD, CHUNKED, body=chunks("hello")) + END,
    "Expect": put("Expect: 100-continue") + END,
    "Expect, no token": anonymous(BODY, "Expect: 100-continue") + END,
    "Expect something else": put("Expect: x") + END,
    "HTTP/1.0, no Host": req("GET /api/v1/scoreboard?limit=1 HTTP/1.0", host=None),
    "HTTP/1.0": req("GET /api/v1/scoreboard?limit=1 HTTP/1.0"),
    "HTTP/1.0, kept alive": req("GET /api/v1/scoreboard?limit=1 HTTP/1.0", "Connection: keep-alive") + END,
    "HTTP/1.0 PUT": put(line="PUT /api/v1/scores/update HTTP/1.0"),
    "no Host": last(BOARD, host=None),
    "two Hosts": last(BOARD, HOST),
    "an empty Host": last(BOARD, host="Host:"),
    "another Host": last(BOARD, host="Host: evil.example"),
    "a port": last(BOARD, host="Host: 127.0.0.1:99"),
    "absolute": last("GET http://127.0.0.1/api/v1/scoreboard?limit=1 HTTP/1.1"),
    "absolute, elsewhere": last("GET http://evil.example/api/v1/scoreboard?limit=1 HTTP/1.1"),
    "absolute, another Host": last("GET http://127.0.0.1/api/v1/scoreboard HTTP/1.1", host="Host: evil.example"),
    "absolute, https": last("GET https://127.0.0.1/api/v1/scoreboard?limit=1 HTTP/1.1"),
    "absolute PUT": put(CLOSE, line="PUT http://127.0.0.1/api/v1/scores/update HTTP/1.1"),
    "OPTIONS *": last("OPTIONS * HTTP/1.1"),
    "no slash": last("GET api/v1/scoreboard HTTP/1.1"),
    "chunks": chunked(chunks(BODY)) + END,
    "a chunk with an extension": chunked(f"20;x=y\r\n{BODY}\r\n0\r\n\r\n") + END,
    "bad chunks": chunked(f"zz\r\n{BODY}\r\n0\r\n\r\n"),
    "bad chunks later": chunked(f"20\r\n{BODY}\r\nzz\r\n\r\n"),
    "large chunks": chunked(chunks(BODY.rjust(70_000), 9000)) + END,
    "no chunks": chunked("0\r\n\r\n") + END,
    "chunks and a length": chunked(chunks(BODY), "Content-Length: 3") + END,
    "gzip, chunked": put("Transfer-Encoding: gzip, chunked", body=chunks(BODY), length=False) + END,
    "identity": put("Transfer-Encoding: identity") + END,
    **{f"length {length!r}": put(length=length) + END for length in (-1, "+32", "x", "", "32, 32", "9" * 30, 3)},
    "two lengths": put("Content-Length: 31") + END,
    "no length": put(length=False) + END,
    **{f"header {text[:9]!r}": last(BOARD, text) for text in ("X-A : b", "X-A: b\r\n c", "X-A", "X-A: \0", ": x")},
    "names in any case": last(BOARD, "x-request-id: run-1", "AUTHORIZATION: x", "accept-ENCODING: gzip;q=0"),
    **{
        f"id {text!r}": last(BOARD, f"X-Request-ID:{text}") for text in ("   run-1  ", "\trun-1\t", " a b", "", " \xff")
    },
    "two ids": last(BOARD, "X-Request-ID: a", "X-Request-ID: b"),
    "agent": put("User-Agent: \xff\xe4", CLOSE),
    "two tokens": put("Authorization: Bearer <ana>", CLOSE),
    "underscores": put("X_Request_ID: a b", "Idempotency_Key: a b", CLOSE),
    "forwarded": put("X-Forwarded-Proto: https", CLOSE),
    "a long header": last(BOARD, "X-A: " + "x" * 20_000),
    "many headers": last(BOARD, *(f"X-{number}: x" for number in range(90))),
    "a long query": last("GET /api/v1/scoreboard?" + "a" * 20_000 + " HTTP/1.1"),
    **{f"target {target!r}": last(f"GET {target} HTTP/1.1") for target in ODD_TARGETS},
    "HEAD with a query beyond ASCII": last("HEAD /api/v1/scoreboard?x=\xff HTTP/1.1"),
    **{f"{name[:9]} board": last(f"{name} /api/v1/scoreboard?limit=1 HTTP/1.1") for name in METHODS},
    "HEAD": req("HEAD /api/v1/scoreboard?limit=1 HTTP/1.1") + req("HEAD /api/v1/users/nobody/scores HTTP/1.1") + END,
    "OPTIONS": req("OPTIONS /api/v1/scoreboard HTTP/1.1") + END,
    "304": req(BOARD, "If-None-Match: *") + END,
    "HTTP/3.0": last("GET /api/v1/scoreboard HTTP/3.0"),
    "users": lines(*(f"/api/v1/users/{user_id}/scores" for user_id in USERS)),
    "paths": lines(*PATHS),
}
# The client closes its side after these.
CUT = {
    "half a body": put(length=100),
    "half a chunk": chunked("20\r\n{"),
    "half a head": b"GET /api/v1/scoreboard HTTP/1.1\r\nHost: x",
    "junk": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "HTTP/0.9": b"GET /api/v1/scoreboard\r\n\r\n",
}
