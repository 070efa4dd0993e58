"""`/healthz` and `/readyz`."""

import time
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.db import connection, transaction
from django.test import Client
from django.urls import resolve

from scoreboard_project.runtime.postgres.states import NOBODY_LISTENS
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.api_server import free_port
from scoreboard_project.testing.threads import started
from scores.models import UserScore


@pytest.fixture
def postgresql_away(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next connection find no server."""
    for name, value in {"HOST": "127.0.0.1", "PORT": str(free_port()), "PASSWORD": "secret"}.items():
        monkeypatch.setitem(connection.settings_dict, name, value)


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
    assert answer.json()["parts"]["postgresql"] == {"ok": False, "reason": str(NOBODY_LISTENS)}
    assert b"127.0.0.1" not in answer.content
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


@pytest.mark.server
def test_a_wsgi_process_whose_threads_all_wait_for_a_lock_answers_after_the_lock_timeout(
    server: str, scoreboard: None
) -> None:
    with Game(server) as game:
        assert game.update(ANA).status == 200
        with transaction.atomic():
            UserScore.objects.select_for_update().get(user_id=ANA.user_id)
            updates = [started(lambda: game.update(ANA)) for _ in range(20)]
            time.sleep(0.5)
            assert httpx.get(f"{server}/healthz", timeout=8).status_code == 200
            assert {wait().status for wait in updates} == {503}
