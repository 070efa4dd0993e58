"""The tests' own PostgreSQL and Valkey, running before Django's settings are read. The developer's are never touched.

PostgreSQL is started once for a test run and shared by its pytest-xdist workers (each makes its own database there).
Every worker has a Valkey of its own, for the tests stop, pause and flush it.
`TEST_DATABASE_URL` names another PostgreSQL to test against.
"""

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack

import pytest

from scoreboard_project.embedded.key_files import JWT_VARIABLES, key_files
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.testing.servers.throwaway import ThrowawayServices, throwaway_services

VALKEY = pytest.StashKey[Valkey]()
# For a test run inside a test: every other plugin of this environment would be loaded by each of its processes.
ONLY_XDIST = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "xdist.plugin"}
REPLACED_VARIABLES = ("DATABASE_URL", "REDIS_URL", "DJANGO_SECRET_KEY", *JWT_VARIABLES)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Start the services around the hook in which pytest-django reads the settings."""
    cleanup = ExitStack()
    early_config.add_cleanup(cleanup.close)
    services = cleanup.enter_context(throwaway_services())
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _keep_bytecode()
        _prepare_test_run(services)
    services.valkey.start()
    os.environ["REDIS_URL"] = services.valkey.url
    early_config.stash[VALKEY] = services.valkey
    return (yield)


@pytest.fixture
def valkey(request: pytest.FixtureRequest) -> Iterator[Valkey]:
    """The Valkey of this worker, to stop, start, pause, resume or flush; it answers again for the next test."""
    server = request.config.stash[VALKEY]
    yield server
    server.restore()


def _keep_bytecode() -> None:
    """A run starts more than a hundred Python processes: none of them compiles the project again."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def _prepare_test_run(services: ThrowawayServices) -> None:
    """Set what all workers inherit."""
    for name in REPLACED_VARIABLES:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ["SCOREBOARD_ENVIRONMENT"] = "development"
    # A busy machine must not look like a Redis that is away.
    os.environ["REDIS_TIMEOUT_SECONDS"] = "10"
    os.environ.update(key_files(services.directory, environ={}))
    os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
    if not os.environ["DATABASE_URL"]:
        services.postgres.start()
        os.environ["DATABASE_URL"] = services.postgres.url
