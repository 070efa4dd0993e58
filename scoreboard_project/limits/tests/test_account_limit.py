"""So many tries of an account's password, whatever address they come from, and none of them is looked at after that."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.contrib.auth import hashers
from django.contrib.auth.models import User
from django.test import Client

from scoreboard_project.limits.rate_limit import local_window

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def three_tries(own_key: RSAPrivateKey, settings: Any, scoreboard: None, valkey: Any) -> None:
    settings.TOKEN_REQUESTS_PER_MINUTE, settings.LOGIN_TRIES_PER_ACCOUNT = 0, 3
    local_window.clear()
    User.objects.create_superuser("ada", password=PASSWORD)


def get_token(name: str, password: str, address: str = "192.0.2.1") -> Any:
    sent = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/api/v1/auth/token", sent, content_type="application/json")


def log_in(name: str, password: str, address: str = "192.0.2.1") -> int:
    sent = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/admin/login/?next=/admin/", sent).status_code


def test_an_account_is_locked_from_every_address_and_the_right_password_does_not_help() -> None:
    tries = [get_token("ada", "wrong", f"192.0.2.{number}").status_code for number in range(5)]
    assert tries == [401, 401, 401, 429, 429]
    locked = get_token("ada", PASSWORD, "198.51.100.1")
    assert (locked.status_code, locked.json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert 0 < int(locked.headers["Retry-After"]) <= 15 * 60


def test_the_admin_is_locked_apart() -> None:
    assert [log_in("ada", "wrong", f"192.0.2.{number}") for number in range(4)] == [200, 200, 200, 429]
    assert log_in("ada", PASSWORD) == 429
    assert get_token("ada", PASSWORD).status_code == 200


def test_tries_before_the_right_password_no_longer_count() -> None:
    for _ in range(3):
        assert [get_token("ada", "wrong").status_code, get_token("ada", PASSWORD).status_code] == [401, 200]
        assert [log_in("ada", "wrong"), log_in("ada", PASSWORD)] == [200, 302]


def test_an_unknown_name_is_answered_and_locked_like_a_known_one() -> None:
    def answers(name: str) -> list[tuple[int, Any]]:
        found = [get_token(name, "wrong") for _ in range(4)]
        errors = [answer.json()["error"] for answer in found]
        return [
            (answer.status_code, (error["code"], error["message"], error["details"].keys()))
            for answer, error in zip(found, errors, strict=True)
        ]

    assert answers("ada") == answers("nobody")


@pytest.mark.parametrize("enter", [get_token, log_in])
def test_an_unknown_name_costs_as_much_hashing(enter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    encode = hashers.MD5PasswordHasher.encode

    def noted(self: Any, password: str, *words: Any) -> str:
        hashed.append(password)
        return encode(self, password, *words)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", noted)
    User.objects.create_user("left", password=PASSWORD, is_active=False)
    hashed.clear()
    costs = []
    for name in ("ada", "nobody", "left"):
        enter(name, "wrong")
        costs.append(len(hashed))
        hashed.clear()
    assert costs == [1, 1, 1]


def test_after_the_limit_no_password_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        get_token("ada", "wrong")
        log_in("ada", "wrong")
    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", None)
    assert (get_token("ada", PASSWORD).status_code, log_in("ada", PASSWORD)) == (429, 429)


def test_zero_switches_it_off(settings: Any) -> None:
    settings.LOGIN_TRIES_PER_ACCOUNT = 0
    assert {get_token("ada", "wrong").status_code for _ in range(6)} == {401}


def test_it_counts_in_memory_while_redis_is_away(valkey: Any) -> None:
    valkey.stop()
    assert [get_token("ada", "wrong").status_code for _ in range(4)] == [401, 401, 401, 429]
