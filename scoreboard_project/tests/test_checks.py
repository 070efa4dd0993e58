"""System checks find settings that are well formed but would do harm."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from scoreboard_project.checks import CHECKS
from scoreboard_project.testing.rsa_keys import private_pem, public_pem, rsa_key


@pytest.fixture
def production(own_key: RSAPrivateKey, settings: Any) -> Any:
    """Good production settings."""
    settings.IN_PRODUCTION = True
    settings.DEBUG = False
    settings.SECRET_KEY = "a" * 60
    settings.ALLOWED_HOSTS = ["scoreboard.example"]
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "2001:db8::1"]
    settings.REDIS_URL = "rediss://:secret@redis.example:6380/0"
    settings.SCORE_EVENTS_RETENTION_MONTHS = 0
    settings.JWT_PUBLIC_KEY = public_pem(own_key)
    return settings


def found() -> set[str]:
    messages = [message for check in CHECKS for message in check(app_configs=None)]
    assert all(message.msg for message in messages)
    return {str(message.id) for message in messages}


def test_good_settings_pass(production: Any) -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("changes", "check_id"),
    [
        ({"JWT_PRIVATE_KEY": "", "JWT_PUBLIC_KEY": ""}, "scoreboard.E001"),
        ({"JWT_PRIVATE_KEY": "junk"}, "scoreboard.E002"),
        ({"JWT_PUBLIC_KEY": "junk"}, "scoreboard.E002"),
        ({"JWT_ISSUER": ""}, "scoreboard.E005"),
        ({"JWT_AUDIENCE": ""}, "scoreboard.E006"),
        ({"JWT_JWKS_URL": "http://issuer.example/keys"}, "scoreboard.W008"),
        ({"SECURE_HSTS_PRELOAD": True}, "scoreboard.W020"),
        ({"ALLOWED_HOSTS": []}, "scoreboard.E009"),
        ({"ALLOWED_HOSTS": ["scoreboard.example", "*"]}, "scoreboard.E010"),
        ({"DEBUG": True}, "scoreboard.E012"),
        ({"TRUSTED_PROXIES": ["0.0.0.0/0"]}, "scoreboard.W015"),
        ({"SCORE_EVENTS_RETENTION_MONTHS": 1, "SCORE_REQUESTS_RETENTION_DAYS": 30}, "scoreboard.E017"),
    ],
)
def test_it_finds(production: Any, changes: dict[str, Any], check_id: str) -> None:
    for name, value in changes.items():
        setattr(production, name, value)

    assert found() == {check_id}


def test_it_finds_a_pool_of_persistent_connections(production: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(production.DATABASES["default"], "CONN_MAX_AGE", 60)
    monkeypatch.setitem(production.DATABASES["default"]["OPTIONS"], "pool", {"max_size": 4})

    assert found() == {"scoreboard.E013"}


def test_it_finds_options_that_a_pooler_refuses(production: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    production.DATABASE_TRANSACTION_POOLING = True
    monkeypatch.setitem(production.DATABASES["default"]["OPTIONS"], "options", "-c search_path=scores")

    assert found() == {"scoreboard.W018"}


def test_it_finds_the_development_secret(production: Any) -> None:
    production.SECRET_KEY = production.DEVELOPMENT_SECRET_KEY

    assert found() == {"scoreboard.E011"}


def test_it_finds_a_short_key(production: Any) -> None:
    production.JWT_PRIVATE_KEY, production.JWT_PUBLIC_KEY = private_pem(rsa_key("weak", 1024)), ""

    assert found() == {"scoreboard.E003"}


def test_it_finds_keys_that_do_not_belong_together(production: Any) -> None:
    production.JWT_PUBLIC_KEY = public_pem(rsa_key("stranger"))

    assert found() == {"scoreboard.E004"}


def test_development_may_be_lax(production: Any) -> None:
    production.IN_PRODUCTION = False
    production.DEBUG = True
    production.ALLOWED_HOSTS = ["*"]
    production.JWT_ISSUER = production.JWT_AUDIENCE = ""
    production.SECRET_KEY = production.DEVELOPMENT_SECRET_KEY

    assert found() == set()


def test_retention_may_be_as_long_as_the_shortest_months(production: Any) -> None:
    production.SCORE_EVENTS_RETENTION_MONTHS, production.SCORE_REQUESTS_RETENTION_DAYS = 2, 56

    assert found() == set()
