"""Sends a request through the fast path and through Django, and tells how they differ."""

import gzip
from asyncio import Runner
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from scoreboard_project.serving.base_path import AsgiBelow, WsgiBelow
from scoreboard_project.serving.body_length import BodyLength
from scoreboard_project.serving.bridge import Bridge
from scoreboard_project.serving.fast_path import FastPath
from scoreboard_project.serving.game_calls import GameCalls
from scoreboard_project.serving.tests.corpus.cases import Case, get
from scoreboard_project.testing.asgi import Received, Sent, ask
from scoreboard_project.testing.cast import ANA, BOB, CAROL, SERVER, crowd
from scoreboard_project.testing.loops import own_loop
from scoreboard_project.testing.refresh_tokens import refresh_token
from scoreboard_project.testing.stores import empty_stores
from scoreboard_project.testing.witness import alike, left_by_ana, witnessed
from scoreboard_project.tokens.tokens import issue_access_token
from scoreboard_project.wsgi import application
from scores.ranks.rebuild import rebuild_rank_index
from scores.services.apply import apply_score_actions

# Django's middleware reads these when it is made.
READ_ONCE = ("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS")


def fill() -> None:
    """The same stores for each request: eleven users, and none of them ana."""
    empty_stores()
    rebuild_rank_index()
    users = [BOB.action(request_id="b"), CAROL.action("BOSS_DEFEAT", request_id="c")]
    apply_score_actions([*users, *(player.action(request_id="x") for player in crowd(9))])


def real_tokens() -> dict[bytes, bytes]:
    """What stands for a token in the corpus, and the token."""
    bearers = {
        "ana": ANA.bearer(),
        "reader": ANA.bearer("scores:read:any"),
        "server": SERVER.bearer("scores:write:any"),
        "viewer": ANA.bearer("live:view"),
    }
    found = {who: header["Authorization"].removeprefix("Bearer ") for who, header in bearers.items()}
    found["refresh"] = refresh_token("ana")
    found["old"] = issue_access_token(user_id="ana", username="Ana", lifetime=-100)
    return {f"<{who}>".encode(): token.encode() for who, token in found.items()}


@dataclass
class Applications:
    """The two that must agree, and how many requests the first passed on."""

    passed_on: int = 0
    ways: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def under(cls, changed: Mapping[str, Any]) -> "Applications":
        """Those of the current settings, which differ by `changed` from the tests' own."""
        is_own = changed.keys().isdisjoint(READ_ONCE)
        wsgi = application if is_own else BodyLength(WSGIHandler(), max_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        django = Bridge(WsgiBelow(wsgi, settings.BASE_PATH), threads=1)
        found = cls()

        async def passed_on(scope: Any, receive: Any, send: Any) -> None:
            found.passed_on += 1
            await django(scope, receive, send)

        ways = {"fast path": FastPath(passed_on, GameCalls()), "Django": django}
        found.ways = {name: AsgiBelow(way, settings.BASE_PATH) for name, way in ways.items()}
        return found


class Both:
    """Both ways, with the stores as `fill` leaves them before each request that may change them."""

    def __init__(self, loop: Runner) -> None:
        self._loop = loop
        self._words = real_tokens()
        self._made: dict[str, Applications] = {}
        fill()
        self._filled = left_by_ana()
        etag = dict(self._ask(Applications.under({}).ways["fast path"], get("scoreboard")).headers)["etag"].encode()
        self._words |= {b"<etag>": etag, b"<strong>": etag[2:], b"<bare>": etag[3:-1]}

    def complaint(self, case: Case) -> str:
        """How the two differ, or what else is wrong with an answer. Empty if nothing is."""
        with override_settings(**{"SCORE_UPDATES_PER_MINUTE": 0, **case.settings}):
            both = self._made.get(repr(case.settings)) or Applications.under(case.settings)
            self._made[repr(case.settings)] = both
            both.passed_on = -sum(each.is_cut for each in case.before)
            found = {name: self._outcome(way, case) for name, way in both.ways.items()}
        fast, django = found.values()
        if fast != django:
            names = [name for name in fast if fast[name] != django[name]]
            return "\n".join(f"{name}\n  {fast[name]}\n  {django[name]}" for name in names)
        if "Traceback" in repr(fast) or fast["status"] >= 500:
            return repr(fast)
        if case.is_fast is not None and case.is_fast == bool(both.passed_on):
            return f"{both.passed_on} passed on to Django"
        return ""

    def answers(self, sent: Sent) -> list[dict[str, Any]]:
        """Of the fast path and of Django."""
        return [_comparable(self._ask(way, sent)) for way in Applications.under({}).ways.values()]

    def _outcome(self, way: Any, case: Case) -> dict[str, Any]:
        for each in case.before:
            self._ask(way, each)
        with witnessed() as traces:
            received = self._ask(way, case.sent)
        if traces.stored != self._filled or traces.limits:
            fill()
        return {**_comparable(received), **asdict(traces)}

    def _ask(self, way: Any, sent: Sent) -> Received:
        headers = []
        for name, value in sent.headers:
            for word, real in self._words.items():
                value = value.replace(word, real)  # noqa: PLW2901
            headers.append((name, value))
        return self._loop.run(ask(way, replace(sent, headers=tuple(headers))))


def _comparable(received: Received) -> dict[str, Any]:
    """Without what is another each time, and so without the length of what changes."""
    headers = sorted((name, alike(value)) for name, value in received.headers)
    is_zipped = ("content-encoding", "gzip") in headers
    body = (gzip.decompress(received.body) if is_zipped else received.body).decode()
    if alike(body) != body:
        headers = [pair for pair in headers if pair[0] != "content-length"]
    return {"status": received.status, "headers": headers, "body": alike(body)}


@contextmanager
def both_ways() -> Iterator[Both]:
    """In a loop of their own."""
    with own_loop() as loop:
        yield Both(loop)
