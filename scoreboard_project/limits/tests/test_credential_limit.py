"""So many tries a minute per address on everything that takes a password."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.test import Client

from scoreboard_project.api.errors import RateLimitExceeded
from scoreboard_project.limits.credential_limit import check_credential_rate
from scoreboard_project.limits.rate_limit import local_window, rate_key
from scoreboard_project.runtime.redis import redis

ADDRESS = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def limit_of_five(own_key: RSAPrivateKey, settings: Any, valkey: Any) -> None:
    """Five tries a minute, none used."""
    settings.TOKEN_REQUESTS_PER_MINUTE = 5
    local_window.clear()
    valkey.flush()


def allowed(headers: dict[str, str], tries: int = 10, group: str = "credentials") -> int:
    return sum(is_allowed(headers, group) for _ in range(tries))


def is_allowed(headers: dict[str, str], group: str = "credentials") -> bool:
    try:
        check_credential_rate(headers, group=group)
    except RateLimitExceeded:
        return False
    return True


def test_it_allows_so_many_an_address(limit_of_five: None) -> None:
    assert allowed(ADDRESS) == 5
    assert allowed({"REMOTE_ADDR": "192.0.2.8"}) == 5


def test_it_counts_exactly_under_concurrency(limit_of_five: None) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(is_allowed, [ADDRESS] * 40)) == 5


def test_a_whole_ipv6_network_is_one_address(limit_of_five: None) -> None:
    assert allowed({"REMOTE_ADDR": "2001:db8:1:2::1"}) == 5
    assert allowed({"REMOTE_ADDR": "2001:db8:1:2:ffff::9"}) == 0
    assert allowed({"REMOTE_ADDR": "2001:db8:1:3::1"}) == 5


def test_a_claimed_address_does_not_help(limit_of_five: None) -> None:
    assert allowed({**ADDRESS, "HTTP_X_FORWARDED_FOR": "198.51.100.1"}) == 5
    assert allowed({**ADDRESS, "HTTP_X_FORWARDED_FOR": "198.51.100.2"}) == 0


def test_clients_of_a_unix_socket_share_a_limit_until_it_is_trusted(limit_of_five: None, settings: Any) -> None:
    settings.TRUSTED_PROXIES = []
    assert allowed({"HTTP_X_FORWARDED_FOR": "198.51.100.1"}) == 5
    assert allowed({"HTTP_X_FORWARDED_FOR": "198.51.100.2"}) == 0
    settings.TRUSTED_PROXIES = ["unix"]
    assert allowed({"HTTP_X_FORWARDED_FOR": "198.51.100.1"}) == 5
    assert allowed({"HTTP_X_FORWARDED_FOR": "198.51.100.2"}) == 5


def test_groups_count_apart(limit_of_five: None) -> None:
    assert allowed(ADDRESS) == 5
    assert allowed(ADDRESS, group="viewers") == 5


def test_zero_switches_it_off(limit_of_five: None, settings: Any) -> None:
    settings.TOKEN_REQUESTS_PER_MINUTE = 0

    assert allowed(ADDRESS, tries=50) == 50


def test_it_counts_in_memory_while_redis_is_away(limit_of_five: None, valkey: Any) -> None:
    valkey.stop()
    try:
        assert allowed(ADDRESS) == 5
    finally:
        valkey.start()


def test_a_count_in_redis_ends_by_itself(limit_of_five: None) -> None:
    allowed(ADDRESS)

    assert 0 < redis.execute("PTTL", rate_key("credentials", "192.0.2.7")) <= 60_000


def test_a_try_counts_for_sixty_seconds_and_not_for_a_calendar_minute(limit_of_five: None) -> None:
    key = rate_key("credentials", "192.0.2.7")
    seconds, microseconds = redis.execute("TIME")
    now = seconds * 1_000_000 + microseconds
    for seconds_ago in (50, 49, 48, 47):
        redis.execute("LPUSH", key, now - seconds_ago * 1_000_000)

    assert allowed(ADDRESS) == 1
    with pytest.raises(RateLimitExceeded) as refused:
        check_credential_rate(ADDRESS)
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 10


@pytest.mark.parametrize("path", ["/api/v1/auth/token", "/api/v1/auth/token/refresh"])
def test_the_endpoints_answer_429_in_the_envelope(limit_of_five: None, path: str) -> None:
    client = Client()
    for _ in range(5):
        assert client.post(path, {}, content_type="application/json").status_code == 400

    answer: Any = client.post(path, {}, content_type="application/json")

    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"


def test_the_admin_login_is_limited_too(limit_of_five: None, db: None) -> None:
    client = Client()
    for _ in range(5):
        assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 200

    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 429
    assert client.get("/admin/login/").status_code == 200
