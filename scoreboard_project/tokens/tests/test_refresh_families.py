"""A refresh token works once. Its successor is answered again for a moment; later, using it again ends the login."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from scoreboard_project.tokens.models import RefreshFamily
from scoreboard_project.tokens.tokens import verify_access_token

PASSWORD = "correct horse battery"


@pytest.fixture
def user(transactional_db: None, own_key: RSAPrivateKey, settings: Any) -> User:
    """A user without permissions. The limits of tries are off."""
    settings.TOKEN_REQUESTS_PER_MINUTE = 0
    return User.objects.create_user("operator", password=PASSWORD)


def post(path: str, **body: str) -> Any:
    return Client().post(f"/api/v1/auth/{path}", body, content_type="application/json")


def log_in() -> str:
    return str(post("token", username="operator", password=PASSWORD).json()["data"]["refresh"])


def refresh(token: str) -> Any:
    return post("token/refresh", refresh=token)


def next_of(token: str) -> str:
    answer = refresh(token)
    assert answer.status_code == 200, answer.json()
    assert verify_access_token(answer.json()["data"]["access"])
    return str(answer.json()["data"]["refresh"])


def is_refused(token: str) -> bool:
    answer = refresh(token)
    return (answer.status_code, answer.json()["error"]["code"]) == (401, "INVALID_TOKEN")


def let_grace_pass() -> None:
    """As if the last tokens had been issued a minute ago."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE refresh_families SET issued_at = issued_at - 60")


def test_each_token_gets_the_next(user: User) -> None:
    first = log_in()
    second = next_of(first)
    let_grace_pass()
    assert next_of(second) not in {first, second}


def test_a_lost_answer_can_be_asked_for_again(user: User) -> None:
    first = log_in()
    assert next_of(first) == next_of(first)


def test_after_the_grace_a_spent_token_ends_its_login_and_no_other(user: User, capture_log: list[str]) -> None:
    first, other = log_in(), log_in()
    second = next_of(first)
    let_grace_pass()
    assert is_refused(first)
    assert is_refused(second)
    assert next_of(other)
    assert first not in "".join(capture_log)
    assert "has ended was refused" in "".join(capture_log)


def test_a_token_whose_successor_was_spent_ends_its_login_at_once(user: User) -> None:
    first = log_in()
    second = next_of(first)
    third = next_of(second)
    assert is_refused(first)
    assert is_refused(third)


def test_without_grace_exactly_one_of_many_at_once_succeeds(user: User, settings: Any) -> None:
    settings.JWT_REFRESH_GRACE_SECONDS = 0
    first = log_in()
    assert sorted(answer.status_code for answer in at_once(first)) == [200] + [401] * 7
    assert not RefreshFamily.objects.exists()


def test_with_grace_many_at_once_get_one_successor(user: User) -> None:
    answers = at_once(log_in())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["data"]["refresh"] for answer in answers}) == 1
    assert RefreshFamily.objects.get().serial == 2


def test_a_login_removes_what_has_expired(user: User) -> None:
    log_in()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE refresh_families SET expires_at = 1")
    log_in()
    assert RefreshFamily.objects.count() == 1


def at_once(token: str) -> list[Any]:
    def ask(_: int) -> Any:
        try:
            return refresh(token)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(ask, range(8)))
