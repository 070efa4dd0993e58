"""Headers of writes, tokens, ids and limits."""

from collections.abc import Iterator
from dataclasses import replace

from scoreboard_project.serving.tests.corpus.bodies import BATCH
from scoreboard_project.serving.tests.corpus.cases import API, JSON, LEVEL, VIEWER, Case, batch, get, header, post, put
from scoreboard_project.serving.tests.corpus.reading import CORS, HTTPS, PEERS, PROXY

AUTHORIZATIONS = [
    *(b"", b"Bearer", b"Bearer ", b"Bearer x", b"Bearer x.y.z", b"bearer <ana>", b"BEARER <ana>", b"Bearer  <ana>"),
    *(b"Bearer <ana> ", b"Bearer\t<ana>", b"Bearer <ana> x", b"Bearer <ana>,Bearer <ana>", b"Basic YTpi", b"<ana>"),
    *(
        b"Token <ana>",
        b"Bearer \xff\xfe",
        b"Bearer <ana>\xa0",
        b"Bearer " + b"x" * 9000,
        b"Bearer \xe9.\xe9.\xe9",
        b",",
    ),
    *(
        b"Bearer <ana>=",
        b"Bearer <refresh>",
        b"Bearer <old>",
        b"Bearer <viewer>",
        b"Bearer <server>",
        b"Bearer <reader>",
    ),
]
IDS = [
    *(b"run-1", b"", b" ", b"a b", b"a" * 128, b"a" * 129, b"\xe4", b"\xff", b"a/b", b"a\tb", b'"a"', b"a,b"),
    *(b"A.b-C_9:1", b"\xc3\xa4", b"../..", b"%41", b"a;b"),
]
FORWARDED = [
    *(b"203.0.113.9", b"203.0.113.9, 10.0.0.1", b"203.0.113.9:4711", b"[2001:db8::7]:4711", b"2001:db8::7", b"x", b""),
    *(
        b"203.0.113.9,x",
        b"x,203.0.113.9",
        b"10.0.0.1",
        b"\xff",
        b"203.0.113.9, 198.51.100.7",
        b"::ffff:203.0.113.9",
        b",",
    ),
]
AGENTS = [b"Chess/2.1", b"", b"x" * 4000, b"\xe4\xff", b"Zo\xc3\xab", b"a\tb", b"\xf0\x9f\x8e\x89" * 200]
BOSS = b'{"actionType": "BOSS_DEFEAT"}'
NOPE = b'{"actionType": "NOPE"}'
BAD_KEY = header("idempotency-key", "a b")


def tokens() -> Iterator[Case]:
    for value in AUTHORIZATIONS:
        token = header("authorization", value)
        yield Case(f"PUT {value[:20]!r}", put(token=(token,)))
        yield Case(f"batch {value[:20]!r}", batch(BATCH, token=(token,)))
        yield Case(f"ticket {value[:20]!r}", post("live/ticket", b"", token))
        yield Case(f"history {value[:20]!r}", get("users/bob/scores/history", token))
        yield Case(f"own history {value[:20]!r}", get("users/ana/scores/history", token))
    yield Case("a token twice", put(token=(header("authorization", "Bearer <ana>"),) * 2))


def ids() -> Iterator[Case]:
    for name in ("x-request-id", "idempotency-key"):
        for value in IDS:
            sent = put(LEVEL, header(name, value))
            yield Case(f"{name} {value[:9]!r}", sent, is_fast=None)
            yield Case(f"{name} {value[:9]!r} again", sent, is_fast=None, before=(sent,))
            other = put(BOSS, header(name, value))
            yield Case(f"{name} {value[:9]!r} with another body", other, is_fast=None, before=(sent,))
            yield Case(f"read with {name} {value[:9]!r}", get("users/nobody/scores", header(name, value)), is_fast=None)
    twice = [put(LEVEL, header(name, "a"), header(name, "a")) for name in ("idempotency-key", "x-request-id")]
    yield Case("two keys", twice[0])
    yield Case("two ids", twice[1], is_fast=False)
    yield Case("key and id", put(LEVEL, header("idempotency-key", "a"), header("x-request-id", "b")))
    odd = [header(name, "a b") for name in ("idempotency_key", "x_request_id", "x_forwarded_for")]
    yield Case("underscores", put(LEVEL, *odd))


def orders() -> Iterator[Case]:
    """Several faults at once: the first of them is answered."""
    for token in ((), (VIEWER,), (header("authorization", "Bearer <ana>"),)):
        for key in ((), (BAD_KEY,)):
            for kind in ((), (JSON,)):
                for body in (LEVEL, b"{", b" " * 70_000, NOPE):
                    yield Case(f"{token} {key} {kind} {len(body)}", put(body, *key, token=token, kind=kind))


def senders() -> Iterator[Case]:
    for value in FORWARDED:
        yield Case(f"{value!r}", put(LEVEL, header("x-forwarded-for", value)), settings=PROXY)
    for peer in PEERS:
        for settings in ({}, PROXY):
            sent = put(LEVEL, header("x-forwarded-for", FORWARDED[0]), peer=peer)
            yield Case(f"{peer} {bool(settings)}", sent, settings=settings)
    two = [header("x-forwarded-for", value) for value in ("203.0.113.9", "10.0.0.1")]
    yield Case("forwarded twice", put(LEVEL, *two), settings=PROXY)
    for value in AGENTS:
        yield Case(f"User-Agent {value[:20]!r}", put(LEVEL, header("user-agent", value)))
    yield Case("User-Agent twice", put(LEVEL, header("user-agent", "a"), header("user-agent", "b")))


def limits() -> Iterator[Case]:
    once = {"SCORE_UPDATES_PER_MINUTE": 1}
    for name, first in [("nothing", None), ("an action", LEVEL), ("a refused action", NOPE), ("a bad body", b"{")]:
        before = () if first is None else (put(first),)
        yield Case(f"after {name}", put(), before=before, settings=once)
        yield Case(f"a bad body after {name}", put(b"{"), before=before, settings=once)
    yield Case("after a bad key", put(), before=(put(LEVEL, BAD_KEY),), settings=once)
    for name, body in [("a batch", BATCH), ("a bad batch", b"{")]:
        limited = {"BATCH_CALLS_PER_MINUTE": 1}
        yield Case(f"batch after {name}", batch(BATCH), before=(batch(body),), settings=limited)
    yield Case("batch again", batch(BATCH), before=(batch(BATCH),))
    other = batch(BATCH.replace(b"LEVEL_COMPLETE", b"BOSS_DEFEAT"))
    yield Case("batch with another action", other, before=(batch(BATCH),))


def surroundings() -> Iterator[Case]:
    for query in ("?x=y", "?\xff", "?" + "&".join(["a=b"] * 1001), "?limit=0"):
        yield Case(f"PUT {query[:9]}", replace(put(), target=f"{API}scores/update{query}"))
    repeated = header("x-request-id", "r")
    for value in (b"https://game.example", b"https://evil.example"):
        origin = header("origin", value)
        yield Case(f"PUT {value!r}", put(LEVEL, origin), settings=CORS)
        yield Case(f"401 {value!r}", put(LEVEL, origin, token=()), settings=CORS)
        yield Case(f"409 {value!r}", put(LEVEL, origin, repeated), before=(put(LEVEL, repeated),), settings=CORS)
    yield Case("Expect", put(LEVEL, header("expect", "100-continue")), is_fast=False)
    yield Case("plain HTTP", put(), is_fast=False, settings=HTTPS)
    evil = (header("host", "evil.example"), *put().headers[1:])
    yield Case("another host", replace(put(), headers=evil), is_fast=False)
