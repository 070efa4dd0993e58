"""Every address of the project, with every method, by every kind of caller: who gets in, and who gets what answer.

The rows come from the URL table. An address that is not in ACCESS, or a method that a view gains, fails the test: so
nobody can forget to say who may call it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from scoreboard_project.tests.security.callers import SECRET, all_callers

BEARERS = {"ana", "bob", "hidden", "reader", "server", "moderator"}
NO_TOKEN = {"nobody", "expired", "nonsense", "staff", "plain"}
EVERYONE = BEARERS | NO_TOKEN | {"banned", "viewer"}
# The cells of one row: the callers who get in; of the others, these get 401 and all the rest 403.
Access = frozenset[str]
OPEN = frozenset(EVERYONE)
WATCHES, PLAYS = frozenset(BEARERS | {"viewer"}), frozenset(BEARERS)
OWNER, SERVERS, MODERATORS = frozenset({"ana", "reader"}), frozenset({"server"}), frozenset({"moderator"})
# Of the API, by the name of the address.
ACCESS: Mapping[str, Mapping[str, Access]] = {
    "scoreboard": {"GET": OPEN},
    "around": {"GET": OPEN},
    "player": {"GET": OPEN},
    "daily": {"GET": OPEN},
    "action-types": {"GET": OPEN},
    "schema": {"GET": OPEN},
    "docs": {"GET": OPEN},
    "jwks": {"GET": OPEN},
    # These look at what they get, and at nobody's token.
    "token": {"POST": OPEN},
    "token-refresh": {"POST": OPEN},
    "viewer-token": {"POST": OPEN},
    "live-ticket": {"POST": WATCHES},
    "score-update": {"PUT": PLAYS},
    "score-history": {"GET": OWNER},
    "score-batch": {"POST": SERVERS},
    "moderations": {"GET": MODERATORS, "POST": MODERATORS},
    "held-actions": {"GET": MODERATORS},
    **{
        name: {"POST": MODERATORS}
        for name in (
            *("hide", "show", "ban", "unban", "hold", "release", "award", "revoke-tokens"),
            *("moderation-run", "moderation-undo", "held-actions-approve", "held-actions-reject"),
        )
    },
}
# Probes and pages, for everyone; OPERATOR_ADDRESSES is another test's.
PUBLIC_PAGES = {"healthz", "readyz", "metrics", "board-page", "player-page", ""}
METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")
SEES_THE_SECRET = {("score-history", "ana"), ("score-history", "reader")}


class Route(NamedTuple):
    name: str
    path: str
    view: Callable[..., Any]

    @property
    def methods(self) -> set[str]:
        view = getattr(self.view, "view_class", None) or getattr(self.view, "cls", self.view)
        endpoints = getattr(view, "endpoints", None)
        return set(endpoints) if endpoints else {name for name in METHODS if hasattr(view, name.lower())}


def routes(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[Route]:
    """The addresses, with `ana` for a user id and `1` for what else they leave open."""
    for each in (resolver or get_resolver()).url_patterns:
        address = prefix + _filled(each)
        if isinstance(each, URLResolver):
            yield from routes(each, address)
        elif isinstance(each, URLPattern):
            yield Route(each.name or "", address, each.callback)


def _filled(pattern: URLPattern | URLResolver) -> str:
    filled = str(pattern.pattern)
    for name in pattern.pattern.converters:
        kind = next(part for part in filled.split("<") if part.split(">")[0].endswith(name)).split(">")[0]
        filled = filled.replace(f"<{kind}>", "ana" if name == "user_id" else "1")
    return filled


def of_the_api() -> list[Route]:
    return [route for route in routes() if route.path.startswith(("/api/", "/.well-known/")) and "^" not in route.path]


def of_the_admin() -> list[Route]:
    """Without the two that let people in and out, and the one that takes every other address."""
    open_to_all = ("/admin/login/", "/admin/logout/", "/admin/jsi18n/")
    found = [route for route in routes() if route.path.startswith("/admin/") and "(?P" not in route.path]
    return [route for route in found if route.path not in open_to_all]


def expected_status(access: Access, caller: str) -> set[int]:
    """The statuses of a refusal; empty: it gets in."""
    if caller in access:
        return set()
    return {401} if caller in NO_TOKEN else {403}


@pytest.fixture
def callers(scoreboard: None, settings: Any) -> Mapping[str, Client]:
    settings.TOKEN_REQUESTS_PER_MINUTE = settings.BATCH_CALLS_PER_MINUTE = 0
    return all_callers()


def test_every_address_of_the_api_is_in_the_table_with_its_methods() -> None:
    assert {route.name: route.methods for route in of_the_api()} == {
        name: set(methods) for name, methods in ACCESS.items()
    }


def test_every_other_address_is_a_page_for_everyone_or_of_the_admin() -> None:
    others = {route.name for route in routes() if not route.path.startswith(("/api/", "/.well-known/", "/admin/"))}
    assert others == PUBLIC_PAGES


def test_each_caller_gets_into_what_it_may_and_nowhere_else(callers: Mapping[str, Client]) -> None:
    assert callers.keys() == EVERYONE
    wrong: list[tuple[str, ...]] = []
    cells = 0
    for route in of_the_api():
        for method, access in ACCESS[route.name].items():
            for name, client in callers.items():
                answer = client.generic(method, route.path, b"{}", content_type="application/json")
                refusal = expected_status(access, name)
                is_right = answer.status_code in refusal if refusal else answer.status_code not in {401, 403}
                if name in access and route.name in {"token", "token-refresh"}:
                    is_right = answer.status_code == 400
                if not is_right or answer.status_code >= 500:
                    wrong.append((method, route.path, name, str(answer.status_code)))
                if SECRET in answer.content.decode() and (route.name, name) not in SEES_THE_SECRET:
                    wrong.append((method, route.path, name, "shows what is ana's"))
                cells += 1
    assert wrong == []
    assert cells > 300


def test_no_other_method_gets_anyone_anywhere(callers: Mapping[str, Client]) -> None:
    wrong = []
    for route in of_the_api():
        for method in set(METHODS) - route.methods:
            answer = callers["moderator"].generic(method, route.path, b"{}", content_type="application/json")
            if answer.status_code != 405:
                wrong.append((method, route.path, answer.status_code))
    assert wrong == []


def test_only_staff_get_into_the_admin(callers: Mapping[str, Client]) -> None:
    wrong, found = [], of_the_admin()
    for route in found:
        for name in ("nobody", "moderator", "plain", "staff"):
            answer = callers[name].get(route.path)
            is_sent_away = answer.status_code == 302 and "/login/" in answer.headers["Location"]
            if is_sent_away == (name == "staff") or answer.status_code >= 500:
                wrong.append((route.path, name, answer.status_code))
    assert wrong == []
    assert len(found) > 30
