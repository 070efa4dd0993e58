"""What Redis must do for us: each refusal is found, and named without a secret."""

import re
from typing import Any

import pytest
from redis import Redis

from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime import redis_needs
from scoreboard_project.runtime.redis import RedisUnavailable, redis
from scoreboard_project.runtime.redis_needs import find_eviction, find_redis_problem
from scoreboard_project.testing.servers.api_server import ROOT
from scoreboard_project.testing.servers.refusals import REFUSALS, refusing


@pytest.fixture(autouse=True)
def own_valkey(valkey: Valkey) -> None:
    """These tests change what it allows."""


def test_nothing_is_wrong_with_our_own_server() -> None:
    assert find_redis_problem() is None


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        ("no replica", "Redis refuses SET, INCR, EXPIRE, PERSIST, … (NOREPLICAS)"),
        ("no memory", "Redis refuses SET, INCR (OOM)"),
        ("read-only", "Redis refuses SET, INCR, EXPIRE, PERSIST, … (READONLY)"),
        ("no HSET", "Redis refuses HSET (NOPERM)"),
        ("no GETDEL and LPOP", "Redis refuses LPOP, GETDEL (NOPERM)"),
    ],
)
def test_a_refusal_is_named_with_its_code(refusal: str, reason: str) -> None:
    with refusing(refusal):
        problem = find_redis_problem()
    assert problem
    assert (problem.reason, problem.concerns_ranks) == (reason, True)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_it_is_over_when_it_is_over(refusal: str) -> None:
    with refusing(refusal):
        assert find_redis_problem()
    assert find_redis_problem() is None


@pytest.mark.parametrize(
    ("rule", "reason", "concerns_ranks"),
    [
        ("-getdel", "Redis refuses GETDEL (NOPERM)", False),
        ("-publish", "Redis refuses PUBLISH (NOPERM)", False),
        ("resetchannels", "Redis refuses PUBLISH (NOPERM)", False),
        ("-zmscore", "Redis refuses ZMSCORE (NOPERM)", True),
        ("-evalsha", "Redis refuses EVALSHA (NOPERM)", True),
        ("-multi", "Redis refuses MULTI (ERR)", True),
        ("resetkeys", "Redis refuses EVALSHA (NOPERM)", True),
    ],
)
def test_an_access_list_that_lacks_something_is_found(rule: str, reason: str, concerns_ranks: bool) -> None:
    redis.execute("ACL", "SETUSER", "default", rule)
    try:
        problem = find_redis_problem()
    finally:
        redis.execute("ACL", "SETUSER", "default", "+@all", "allkeys", "allchannels")
    assert problem
    assert (problem.reason, problem.concerns_ranks) == (reason, concerns_ranks)


def test_an_access_list_may_keep_the_version_from_us() -> None:
    redis.execute("ACL", "SETUSER", "default", "-info")
    try:
        assert find_redis_problem() is None
    finally:
        redis.execute("ACL", "SETUSER", "default", "+@all")


def test_a_server_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_needs, "OLDEST_VALKEY", 99)
    problem = find_redis_problem()
    assert problem
    assert problem.reason.startswith("Valkey ")
    assert problem.reason.endswith(" is too old: 99 is the oldest that works")


@pytest.mark.parametrize(
    ("info", "product"),
    [
        ({"redis_version": "6.2.14"}, ("Redis", "6.2.14", 7)),
        ({"redis_version": "7.2.4", "valkey_version": "7.2.9"}, ("Valkey", "7.2.9", 8)),
    ],
)
def test_redis_and_valkey_count_apart(info: dict[str, str], product: tuple[str, str, int]) -> None:
    assert redis_needs._product(info) == product


@pytest.mark.parametrize(
    ("policy", "words"), [("noeviction", ""), ("allkeys-lru", ": ranks go"), ("volatile-ttl", ": rate limits")]
)
def test_a_server_that_throws_keys_away_is_named(policy: str, words: str) -> None:
    redis.execute("CONFIG", "SET", "maxmemory-policy", policy)
    try:
        found = find_eviction()
    finally:
        redis.execute("CONFIG", "SET", "maxmemory-policy", "noeviction")
    assert bool(found) == bool(words)
    assert words in found


def test_a_server_that_is_away_is_not_one_that_refuses(valkey: Valkey) -> None:
    valkey.stop()
    try:
        with pytest.raises(RedisUnavailable):
            find_redis_problem()
    finally:
        valkey.start()


def test_nothing_is_left_behind_for_long() -> None:
    redis.execute("FLUSHDB")
    find_redis_problem()
    left = redis.execute("KEYS", "*")
    assert [0 < redis.execute("TTL", key) <= 60 for key in left] == [True]


def test_the_access_list_of_the_docs_is_enough(valkey: Valkey) -> None:
    text = " ".join((ROOT / "docs" / "deploy.md").read_text(encoding="utf-8").split())
    found = re.search(r"`ACL SETUSER scoreboard (on >\S+ [^`]+)`", text)
    assert found
    redis.execute("ACL", "SETUSER", "root", "on", ">root", "allkeys", "allchannels", "+@all")
    redis.execute("ACL", "SETUSER", "default", "resetkeys", "resetchannels", "-@all", *found[1].split())
    try:
        assert find_redis_problem() is None
    finally:
        root: Any = Redis(unix_socket_path=str(valkey.socket), username="root", password="root")
        root.execute_command("ACL", "SETUSER", "default", "resetpass", "nopass", "allkeys", "allchannels", "+@all")
        root.execute_command("ACL", "DELUSER", "root")
        root.close()
