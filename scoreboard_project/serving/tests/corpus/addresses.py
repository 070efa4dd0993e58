"""Addresses, methods and queries."""

from collections.abc import Iterator
from dataclasses import replace

from scoreboard_project.serving.tests.corpus.cases import ANA, READER, SERVER, Case, get

ENDPOINTS = {
    "scoreboard": "GET",
    "scoreboard/around/bob": "GET",
    "scores/update": "PUT",
    "scores/batch": "POST",
    "users/bob/scores/history": "GET",
    "users/bob/scores/daily": "GET",
    "users/bob/scores": "GET",
    "action-types": "GET",
    "live/ticket": "POST",
    "/.well-known/jwks.json": "GET",
}
METHODS = [
    "GET",
    "HEAD",
    "OPTIONS",
    "PUT",
    "POST",
    "PATCH",
    "DELETE",
    "TRACE",
    "CONNECT",
    "BREW",
    "get",
    "Put",
    "X" * 99,
]
QUERIES = [
    *("limit=3", "limit=3&offset=1", "limit=0", "limit=101", "limit=100", "limit=-1", "limit=", "limit", "limit=%33"),
    *("limit=%D9%A3", "limit=1&limit=2", "limit=3&limit", "limit=3&Limit=4", "limit=3&x=y", "limit=3;offset=1"),
    *("limit=+3", "limit=3+", "limit=1e1", "limit=3.0", "limit=00003", "l%69mit=0", "?limit=3", "limit=3#x"),
    *("limit=%00", "limit=3%00", "limit=%0A3", "limit=3%0A", "limit=%FF", "limit=\xff", "limit=%ED%A0%80", "limit=%"),
    *("offset=9007199254740992", "offset=9007199254740993", "offset=99999999999999999", "offset=5000", "offset=-1"),
    *("radius=2", "radius=0", "radius=51", "radius=x", "days=3", "days=0", "days=366", "&&&", "=", "=&=", "%"),
    *("a" * 20_000, "&".join(["a=b"] * 900), "&".join(["a=b"] * 1001), "&".join(f"x{n}=y" for n in range(1001))),
]
USER_IDS = [
    *("bob", "nobody", "BOB", "bob%00", "%00", "a%00b", "%0A", "bob%0A", "%0Abob", "bob%0D", "%FF", "%ED%A0%80"),
    *("%C3%A9", "b\xc3\xa9", "%F0%9F%8E%89", "%E2%80%A8", "%C2%85", "%0B", "a%2Fb", "%2F", "%2f%2f", "a%20b", "+"),
    *("..", ".", "%2e%2e", "%2e%2e%2f", "x" * 5000, "%", "%zz", "%25", "%2525", "bob?", "bob%3F", "bob%23", "a//b"),
    *("bob/scores", "bob/scores/history", "bob/scores/daily", "{", "%7B0%7D", "%22", "'", "%5C", "-", "/", "//"),
]
PATHS = [
    *("", "nothing", "scoreboard/", "scores/update/", "action-types/", "live/ticket/", "users//scores", "users/scores"),
    *("users/scores/history", "users/bob/scores/", "users/bob", "scoreboard/around/", "scoreboard/around", "%FF"),
    *("../v2/scoreboard", "./scoreboard", "scoreboard%2F", "scoreboard%00", "scoreboard%0A", "%0Ascoreboard"),
    *("scoreboard%20", "scoreboar%64", "scoreboard;x=y", "scoreboard.json", "users/%0A/scores", "/api//v1/scoreboard"),
    *("/api/v1//scoreboard", "//api/v1/scoreboard", "/API/v1/scoreboard", "/scoreboard", "/api/", "/api", "/api/v1"),
]


def methods() -> Iterator[Case]:
    for path, own in ENDPOINTS.items():
        for method in METHODS:
            for token in ((), (SERVER if path == "scores/batch" else ANA,)):
                name = f"{method} {path} {token}"
                yield Case(name, replace(get(path, *token), method=method), is_fast=method == own)


def queries() -> Iterator[Case]:
    for query in QUERIES:
        name = query[:40]
        for path in ("scoreboard", "scoreboard/around/bob", "users/bob/scores/daily"):
            yield Case(f"{path}?{name}", get(f"{path}?{query}"))
        yield Case(f"history?{name}", get(f"users/bob/scores/history?{query}", READER))


def paths() -> Iterator[Case]:
    for user_id in USER_IDS:
        name = user_id[:40]
        for path in ("users/{}/scores", "users/{}/scores/daily", "scoreboard/around/{}"):
            yield Case(path.format(name), get(path.replace("{}", user_id)), is_fast=None)
        yield Case(f"history of {name}", get(f"users/{user_id}/scores/history", READER), is_fast=None)
    for path in PATHS:
        yield Case(path, get(path), is_fast=None)


def base_path() -> Iterator[Case]:
    for path in ("/sb{}", "{}", "/sb/sb{}", "/sbx{}", "//sb{}", "/SB{}", "/%73b{}"):
        for own in ("/api/v1/scoreboard", "/api/v1/users/nobody/scores", "/api/v1/nothing", "/players"):
            settings = {"BASE_PATH": "/sb", "FORCE_SCRIPT_NAME": "/sb"}
            yield Case(path.format(own), get(path.format(own)), is_fast=None, settings=settings)
