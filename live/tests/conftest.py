"""Servers of the live tests."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from scoreboard_project.testing.servers.one_port import OnePort, running_one_port


@pytest.fixture(scope="session")
def one_port_session(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OnePort]:
    """One server for all tests that leave it unchanged. It does not reconcile: other tests have their own data."""
    log = tmp_path_factory.mktemp("one-port") / "log"
    with django_db_blocker.unblock(), running_one_port(log, RECONCILE_SECONDS="0") as found:
        yield found


@pytest.fixture
def one_port(one_port_session: OnePort, scoreboard: None) -> OnePort:
    """The shared server, on an empty scoreboard."""
    return one_port_session


@pytest.fixture
def own_server(scoreboard: None, tmp_path: Path) -> Iterator[Callable[..., OnePort]]:
    """Makes servers for one test, with given uvicorn options and settings, which the test may stop and kill."""
    with ExitStack() as servers:
        numbers = itertools.count()
        yield lambda *options, **environment: servers.enter_context(
            running_one_port(tmp_path / f"log-{next(numbers)}", *options, **environment)
        )
