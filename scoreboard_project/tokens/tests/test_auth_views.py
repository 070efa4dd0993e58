"""`POST /api/v1/auth/token` and `/auth/token/refresh`."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.contrib.auth.models import Permission, User
from django.test import Client

from scoreboard_project.testing.refresh_tokens import refresh_token
from scoreboard_project.testing.rsa_keys import public_pem
from scoreboard_project.tokens.principal import Principal, Scope
from scoreboard_project.tokens.tokens import issue_access_token, verify_access_token

PASSWORD = "correct horse battery"


@pytest.fixture
def user(db: None, own_key: RSAPrivateKey, settings: Any) -> User:
    """A user without permissions. The limit per address is off."""
    settings.TOKEN_REQUESTS_PER_MINUTE = 0
    # The real password hasher takes a third of a second on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_user("operator", password=PASSWORD)


def post(path: str, body: Any) -> Any:
    return Client().post(f"/api/v1/auth/{path}", body, content_type="application/json")


def log_in(**changes: Any) -> Any:
    return post("token", {"username": "operator", "password": PASSWORD, **changes})


def failed_with(answer: Any, status: int, code: str) -> bool:
    body = answer.json()
    assert (answer.status_code, body["success"], body["error"]["code"]) == (status, False, code), body
    return True


def principal_of(answer: Any) -> Principal:
    assert answer.status_code == 200, answer.json()
    return verify_access_token(answer.json()["data"]["access"])


def refresh_token_of(answer: Any) -> str:
    token: str = answer.json()["data"]["refresh"]
    return token


def test_a_password_gets_both_tokens(user: User) -> None:
    answer = log_in()

    principal = principal_of(answer)
    assert (principal.user_id, principal.username, principal.scopes) == (str(user.pk), "operator", frozenset())
    assert answer.headers["Cache-Control"] == "no-store"
    assert refresh_token_of(answer)


def test_permissions_become_scopes(user: User) -> None:
    user.user_permissions.add(Permission.objects.get(codename="view_scoreevent"))

    assert principal_of(log_in()).scopes == {Scope.READ_ANY}


def test_a_superuser_has_all_scopes(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_superuser=True)

    assert principal_of(log_in()).scopes == {Scope.READ_ANY, Scope.WRITE_ANY, Scope.MODERATE}


def test_a_name_longer_than_a_claim_is_cut(user: User) -> None:
    User.objects.filter(pk=user.pk).update(username="o" * 150)

    assert principal_of(log_in(username="o" * 150)).username == "o" * 100


def test_a_wrong_password_an_unknown_and_an_inactive_user_get_one_answer(user: User) -> None:
    wrong, unknown = log_in(password="wrong"), log_in(username="nobody")
    User.objects.filter(pk=user.pk).update(is_active=False)
    inactive = log_in()

    for answer in (wrong, unknown, inactive):
        assert failed_with(answer, 401, "INVALID_TOKEN")
    assert wrong.content == unknown.content == inactive.content


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MISSING_REQUIRED_FIELDS"),
        ({"username": "operator"}, "MISSING_REQUIRED_FIELDS"),
        ({"username": None, "password": None}, "MISSING_REQUIRED_FIELDS"),
        ("", "MISSING_REQUIRED_FIELDS"),
        ("[]", "INVALID_REQUEST"),
        ("null", "INVALID_REQUEST"),
        ("{", "INVALID_REQUEST"),
        ({"username": 5, "password": "x"}, "INVALID_REQUEST"),
        ({"username": ["operator"], "password": "x"}, "INVALID_REQUEST"),
        ({"username": "", "password": "x"}, "INVALID_REQUEST"),
        ({"username": "a\x00b", "password": "x"}, "INVALID_REQUEST"),
        ({"username": "o" * 151, "password": "x"}, "INVALID_REQUEST"),
        ({"username": "operator", "password": ""}, "INVALID_REQUEST"),
        ({"username": "operator", "password": {}}, "INVALID_REQUEST"),
        ({"username": "operator", "password": "x" * 4097}, "INVALID_REQUEST"),
        ('{"username": "operator", "password": "\\ud800"}', "INVALID_REQUEST"),
        ({"username": "operator", "password": "x", "admin": True}, "INVALID_REQUEST"),
        ('{"username": "operator", "password": "x", "\\ud800": 1}', "INVALID_REQUEST"),
    ],
)
def test_a_body_of_another_shape_is_400(user: User, body: Any, code: str) -> None:
    assert failed_with(post("token", body), 400, code)


def test_a_password_of_one_megabyte_is_413(user: User) -> None:
    assert failed_with(log_in(password="x" * 1_000_000), 413, "PAYLOAD_TOO_LARGE")


def test_a_nul_in_the_password_is_a_wrong_password(user: User) -> None:
    assert failed_with(log_in(password="a\x00b"), 401, "INVALID_TOKEN")


def test_another_media_type_is_415(user: User) -> None:
    answer = Client().post("/api/v1/auth/token", {"username": "operator", "password": PASSWORD})

    assert failed_with(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_another_method_is_405(user: User) -> None:
    assert failed_with(Client().get("/api/v1/auth/token"), 405, "METHOD_NOT_ALLOWED")


def test_a_refresh_token_gets_the_next_access_token(user: User) -> None:
    refresh = refresh_token_of(log_in())
    User.objects.filter(pk=user.pk).update(is_superuser=True)

    principal = principal_of(post("token/refresh", {"refresh": refresh}))

    assert principal.user_id == str(user.pk)
    assert principal.may(Scope.READ_ANY)


def test_an_inactive_user_gets_no_further_token(user: User) -> None:
    refresh = refresh_token_of(log_in())
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert failed_with(post("token/refresh", {"refresh": refresh}), 401, "INVALID_TOKEN")


def test_a_deleted_user_gets_no_further_token(user: User) -> None:
    refresh = refresh_token_of(log_in())
    user.delete()

    assert failed_with(post("token/refresh", {"refresh": refresh}), 401, "INVALID_TOKEN")


def test_a_new_password_ends_the_refresh_tokens(user: User) -> None:
    refresh = refresh_token_of(log_in())
    user.set_password("another")
    user.save()

    assert failed_with(post("token/refresh", {"refresh": refresh}), 401, "INVALID_TOKEN")


def test_an_access_token_refreshes_nothing(user: User) -> None:
    access = issue_access_token(user_id=str(user.pk), username="operator", scopes=[], lifetime=60)

    assert failed_with(post("token/refresh", {"refresh": access}), 401, "INVALID_TOKEN")


@pytest.mark.parametrize("user_id", ["0", "9" * 255, "ana", "-1", "\u0661"])
def test_a_refresh_token_of_no_user_is_401(user: User, user_id: str) -> None:
    refresh = refresh_token(user_id, user.get_session_auth_hash())

    assert failed_with(post("token/refresh", {"refresh": refresh}), 401, "INVALID_TOKEN")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "MISSING_REQUIRED_FIELDS"),
        ({"refresh": 5}, 400, "INVALID_REQUEST"),
        ({"refresh": "a.b.c"}, 401, "INVALID_TOKEN"),
        ({"refresh": ""}, 401, "INVALID_TOKEN"),
        ({"refresh": "é" * 9000}, 401, "INVALID_TOKEN"),
    ],
)
def test_an_invalid_refresh_token_is_refused(user: User, body: Any, status: int, code: str) -> None:
    assert failed_with(post("token/refresh", body), status, code)


@pytest.mark.parametrize("path", ["token", "token/refresh"])
def test_where_tokens_are_only_verified_the_endpoints_say_so(
    user: User, own_key: RSAPrivateKey, settings: Any, path: str
) -> None:
    settings.JWT_PRIVATE_KEY, settings.JWT_PUBLIC_KEY = "", public_pem(own_key)

    answer = post(path, {})

    assert failed_with(answer, 404, "NOT_FOUND")
    assert "issued elsewhere" in answer.json()["error"]["message"]
