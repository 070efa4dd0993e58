"""Bodies, and what says what they are."""

from collections.abc import Iterator
from dataclasses import replace

from scoreboard_project.serving.tests.corpus.cases import JSON, LEVEL, Case, Pair, batch, get, header, post, put

BATCH = b'{"actions": [{"userId": "ana", "requestId": "one", "actionType": "LEVEL_COMPLETE"}]}'
ITEM = BATCH[13:-2]
MOST = 64 * 1024


def _level(metadata: bytes) -> bytes:
    return LEVEL[:-1] + b', "metadata": ' + metadata + b"}"


def _padded(size: int) -> bytes:
    return LEVEL.rjust(size)


BODIES = [
    *(b"", b" ", b"{", b"nonsense", b"\xff\xfe", b"\xef\xbb\xbf" + LEVEL, LEVEL.decode().encode("utf-16"), b"\0"),
    *(b"[]", b"null", b"true", b"1", b"9" * 5000, b'"LEVEL_COMPLETE"', LEVEL + b" extra", LEVEL * 2),
    *(b"[" * 10_000, b'{"a":' * 10_000, b'{"actionType": NaN}', b'{"metadata": {}}'),
    b'{"actionType": "LEVEL_COMPLETE", "actionType": "BOSS_DEFEAT"}',
    *(_level(b'{"a": 1, "a": 2}'), _level(b'{"a": Infinity}'), _level(b'{"a": -Infinity}'), _level(b'{"a": 1e999}')),
    *(_level(b'{"a": ' + b"9" * 3000 + b"}"), _level(b'{"a": 9007199254740993}'), _level(b'{"a": -0}')),
    _level(b'{"a": 1e300, "b": 0.1, "c": "Zo\xc3\xab", "d": [null]}'),
    *(
        _level(b'{"a": "\\u0000"}'),
        _level(b'{"a": "\x00"}'),
        _level(b'{"\\ud800": 1}'),
        _level(b'{"a": "\xed\xa0\x80"}'),
    ),
    *(_level(b'{"a":' * 9 + b"1" + b"}" * 9), _level(b'{"a": "' + b"x" * 5000 + b'"}')),
    *(
        _level(b"[]"),
        _level(b"null"),
        _level(b'"x"'),
        LEVEL[:-1] + b', "score": 9000}',
        LEVEL[:-1] + b', "\\ud800": 1}',
    ),
    *(b'{"actionType": 5}', b'{"actionType": null}', b'{"actionType": 1e999}', b'{"actionType": ["LEVEL_COMPLETE"]}'),
    *(b'{"actionType": ""}', b'{"actionType": "A\\u0000"}', b'{"actionType": "\\ud800"}'),
    *(
        b'{"actionType": "' + code + b'"}'
        for code in (b"A" * 51, b"NO_SUCH_TYPE", b"level_complete", b"IMPORTED_SCORE")
    ),
    *map(_padded, (MOST, MOST + 1, 300_000, 5 * 1024 * 1024 + 5)),
]
BATCHES = [
    *(BATCH, b"", b"{}", b"[]", b"null", b'{"actions": []}', b'{"actions": {}}', b'{"actions": null}'),
    b'{"actions": [1, null, "x", [], {}]}',
    *(BATCH.replace(b'"ana"', b'"\\ud800"'), BATCH.replace(b"one", b"a b"), BATCH.replace(b"LEVEL_COMPLETE", b"NOPE")),
    BATCH.replace(b'"requestId"', b'"username": " ", "requestId"'),
    *(b'{"actions": [' + b",".join([ITEM] * number) + b"]}" for number in (3, 1001)),
    BATCH.rjust(4 * 1024 * 1024 + 1),
]
CONTENT_TYPES = [
    *(b"", b"application/json; charset=utf-8", b"application/json;charset=latin-1", b"Application/JSON"),
    *(b" application/json", b"application/json ", b"application/json;", b"application/json ; x", b"text/json"),
    *(b"application/problem+json", b"text/plain", b"multipart/form-data; boundary=x", b"multipart/form-data", b"*/*"),
    *(b"application/x-www-form-urlencoded", b"application/*", b"json", b";", b"application/json, application/json"),
    *(b"application/json\xff", b"\xff", b"application/json; charset=\xff"),
]


def bodies() -> Iterator[Case]:
    for body in BODIES:
        yield Case(f"PUT {len(body)} {body[:60]!r}", put(body))
    for body in BATCHES:
        yield Case(f"POST {len(body)} {body[:60]!r}", batch(body))
    for body in (b"{", b"x" * 70_000, b"x" * 6_000_000):
        yield Case(f"ticket {len(body)}", post("live/ticket", body, header("authorization", "Bearer <ana>")))
        yield Case(f"GET {len(body)}", get("scoreboard", header("content-length", str(len(body))), body=body))
    yield Case("half a body", put(is_cut=True), is_fast=False)
    yield Case("half a batch", replace(batch(BATCH), is_cut=True), is_fast=False)
    yield Case("half the body of a GET", get("scoreboard", header("content-length", "9"), is_cut=True), is_fast=False)


def content_types() -> Iterator[Case]:
    kinds: list[tuple[Pair, ...]] = [(header("content-type", value),) for value in CONTENT_TYPES]
    for kind in [*kinds, (), (JSON, JSON)]:
        for body in (LEVEL, b"", b" " * 70_000):
            yield Case(f"{kind} {len(body)}", put(body, kind=kind))


def lengths() -> Iterator[Case]:
    for name, value in [("transfer-encoding", "chunked"), ("content-length", "3"), ("content-length", "x")]:
        others = tuple(pair for pair in put().headers if pair[0] != b"content-length")
        yield Case(f"{name}: {value}", replace(put(), headers=(*others, header(name, value))))
