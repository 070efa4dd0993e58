"""What the tests of the API's shared parts have in common."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from scoreboard_project.api.json_logs import JsonLogFormatter
from scoreboard_project.api.redis_guard import guard
from scoreboard_project.api.request_id import current_request_id, current_user_id
from scoreboard_project.api.tests.keys import AUDIENCE, ISSUER, private_pem, rsa_key
from scoreboard_project.api.tokens import forget_tokens


@pytest.fixture(autouse=True)
def fresh_start() -> None:
    """Whatever the test before did: no request is on, and Redis may be asked."""
    current_request_id.set("")
    current_user_id.set("")
    guard._closed_again_at = 0.0


@pytest.fixture
def own_key(settings: Any) -> Iterator[RSAPrivateKey]:
    """Our key pair, an issuer and an audience."""
    key = rsa_key("own")
    settings.JWT_PRIVATE_KEY = private_pem(key)
    settings.JWT_PUBLIC_KEY = ""
    settings.JWT_JWKS_URL = ""
    settings.JWT_ISSUER = ISSUER
    settings.JWT_AUDIENCE = AUDIENCE
    settings.JWT_LEEWAY_SECONDS = 30
    yield key
    forget_tokens()


@pytest.fixture
def capture_log() -> Iterator[list[str]]:
    """The lines that the production formatter writes for our loggers, and for the channel layer's."""
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Lines()
    handler.setFormatter(JsonLogFormatter())
    loggers = [logging.getLogger(name) for name in ("scoreboard", "channels_redis.pubsub")]
    for logger in loggers:
        logger.addHandler(handler)
    yield lines
    for logger in loggers:
        logger.removeHandler(handler)
