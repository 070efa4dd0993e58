"""`/healthz` and `/readyz`."""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.urls import resolve


@pytest.fixture
def postgresql_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every statement fail as it does when the server is gone."""

    def refuse(*args: Any, **kwargs: Any) -> Iterator[Any]:
        raise OperationalError('connection to server at "10.1.2.3", port 5432 failed: FATAL: password=secret')

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", refuse)


def test_healthz_touches_nothing() -> None:
    # Without the db fixture, pytest-django fails any test that queries PostgreSQL.
    answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_probe_may_come_by_any_name_without_tls(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["scoreboard.example"]

    assert Client().get("/healthz", headers={"host": "10.1.2.3:8000"}).status_code == 200
    assert Client().get("/healthz", headers={"x-request-id": "probe-1"}).headers["X-Request-ID"] == "probe-1"


def test_readyz_names_each_part(db: None, own_key: RSAPrivateKey, valkey: Any) -> None:
    answer = Client().get("/readyz")

    body = answer.json()
    assert (answer.status_code, body["status"]) == (200, "ready")
    assert body["parts"].keys() == {"postgresql", "redis"}
    assert all(part["ok"] and part["milliseconds"] >= 0 for part in body["parts"].values())
    assert connection.is_usable()


def test_without_postgresql_it_is_not_ready_and_tells_no_secret(
    own_key: RSAPrivateKey, valkey: Any, postgresql_away: None
) -> None:
    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert answer.json()["parts"]["postgresql"] == {"ok": False, "reason": "no answer (OperationalError)"}
    assert b"10.1.2.3" not in answer.content
    assert b"secret" not in answer.content


def test_without_redis_it_is_degraded_and_still_ready(db: None, own_key: RSAPrivateKey, valkey: Any) -> None:
    valkey.stop()
    try:
        answer = Client().get("/readyz")
    finally:
        valkey.start()

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["parts"]["redis"]["ok"] is False


def test_an_issuer_that_cannot_be_reached_is_named(
    db: None, own_key: RSAPrivateKey, valkey: Any, settings: Any
) -> None:
    settings.JWT_JWKS_URL = "http://127.0.0.1:9/jwks.json"

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["parts"]["jwks"] == {"ok": False, "reason": "not fetched yet"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_read_only(path: str) -> None:
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_the_urls_name_it(path: str) -> None:
    assert resolve(path).view_name == path.strip("/")


def test_a_probe_may_ask_for_the_head() -> None:
    answer = Client().head("/healthz")

    assert (answer.status_code, answer.content) == (200, b"")
