"""What the tests share: clean tables, a flushed Valkey, default action types, a few users, keys, logs, a server."""

import logging
import os
from collections.abc import Iterator
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings as django_settings
from django.db import connection
from django_redis import get_redis_connection
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.current_request import current_request_id, current_user_id
from scoreboard_project.runtime.logs import JsonLogFormatter
from scoreboard_project.testing.cast import ANA, BOB, CAROL, Player
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.rsa_keys import AUDIENCE, ISSUER, private_pem, rsa_key
from scoreboard_project.testing.servers.api_server import running_server
from scoreboard_project.testing.stores import believe_redis, close_breaker, empty_stores
from scoreboard_project.tokens.keys import signing_keys
from scoreboard_project.tokens.token_state import TokenState, known
from scoreboard_project.tokens.tokens import forget_tokens
from scores.ranks.rebuild import rebuild_rank_index
from scores.selectors.stale_boards import stale_boards

pytest_plugins = ["scoreboard_project.testing.browser"]

# Whoever uses one of these needs a server process or a browser: script/test --quick leaves those tests out.
SERVER_FIXTURES = {"server", "one_port_session", "own_server", "gateway", "made_cluster", "own_postgres", "browser"}


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests that need a server by the fixtures that start one; others that start one are marked by hand.

    Long tests have more time before they are taken for hung.
    """
    if SERVER_FIXTURES.intersection(getattr(item, "fixturenames", ())):
        item.add_marker("server")
    if item.get_closest_marker("long"):
        item.add_marker(pytest.mark.timeout(600))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each worker its part of the long tests first, then of those with servers, then of the others.

    pytest-xdist's worksteal gives each worker an equal run of the items, and an idle one what is last in another's: so
    it steals short tests, and need not start a server or a browser for them.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    kinds: dict[str, list[pytest.Item]] = {"long": [], "server": [], "": []}
    for item in items:
        kinds[next(kind for kind in kinds if not kind or item.get_closest_marker(kind))].append(item)
    items[:] = [
        item
        for number in range(workers)
        for found in kinds.values()
        for item in found[len(found) * number // workers : len(found) * (number + 1) // workers]
    ]


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Hash the tests' passwords in no time; the real hasher takes half a second on purpose."""
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def quick_keys() -> Iterator[None]:
    """Let each key be checked once; several hundred tests set the same one, and a check takes 35 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing_keys, "load_pem_private_key", cache(load_pem_private_key))
        yield


@pytest.fixture(autouse=True)
def fresh_start() -> None:
    """Whatever the test before did: no request is on, and Redis may be asked."""
    current_request_id.set("")
    current_user_id.set("")
    known.note(TokenState(), asked_at=0.0)
    close_breaker()
    believe_redis()
    stale_boards.forget()


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Empty tables, no transaction open. Stands in for pytest-django's, whose flush is slow and drops the defaults."""
    with django_db_blocker.unblock():
        empty_stores()
        yield
        close_breaker()
        try:
            empty_stores()
        finally:
            connection.close()


@pytest.fixture
def scoreboard(transactional_db: None) -> None:
    """An empty scoreboard whose rank index is ready. The write path commits by itself."""
    rebuild_rank_index()


@pytest.fixture
def ana() -> Player:
    """The first of the cast."""
    return ANA


@pytest.fixture
def bob() -> Player:
    """The second of the cast."""
    return BOB


@pytest.fixture
def carol() -> Player:
    """The third of the cast."""
    return CAROL


@pytest.fixture
def game(scoreboard: None, settings: Settings) -> Iterator[Game]:
    """A game that sends real requests through the whole WSGI application; the rate limit is off."""
    settings.SCORE_UPDATES_PER_MINUTE = 0
    with Game() as found:
        yield found


@pytest.fixture(scope="session")
def server(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of a real server process on the test database; the rate limit is off."""
    with django_db_blocker.unblock(), running_server() as address:
        yield address


@pytest.fixture
def valkey(valkey: Valkey, settings: Settings) -> Iterator[Valkey]:
    """This worker's Valkey, for tests that stop, pause or flush it. A call that it leaves unanswered fails soon."""
    settings.REDIS_TIMEOUT_SECONDS = 0.2
    pool = get_redis_connection("default").connection_pool
    patient = pool.connection_kwargs
    pool.connection_kwargs = {**patient, "socket_timeout": 0.2, "socket_connect_timeout": 0.2}
    pool.disconnect()
    pool.reset()
    yield valkey
    pool.connection_kwargs = patient
    pool.disconnect()
    pool.reset()


@pytest.fixture
def mortal_valkey(scoreboard: None, valkey: Valkey, settings: Settings) -> Valkey:
    """This worker's Valkey, to be stopped, paused and flushed; when it is back, the next call finds it soon."""
    settings.REDIS_BREAKER_SECONDS = 0.05
    return valkey


@pytest.fixture
def own_key(settings: Settings) -> Iterator[RSAPrivateKey]:
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
