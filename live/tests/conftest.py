"""Servers and browsers of the live tests."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.plugin import DjangoDbBlocker

from scoreboard_project.testing.one_port import OnePort, running_one_port
from scoreboard_project.testing.tools import program

CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]


@pytest.fixture(scope="session")
def one_port_session(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OnePort]:
    """One server for all tests that leave it as it was. It heals no index: those of other tests are not its own."""
    log = tmp_path_factory.mktemp("one-port") / "log"
    with django_db_blocker.unblock(), running_one_port(log, RECONCILE_SECONDS="0") as found:
        yield found


@pytest.fixture
def one_port(one_port_session: OnePort, scoreboard: None) -> OnePort:
    """The shared server, on an empty scoreboard."""
    return one_port_session


@pytest.fixture
def own_server(scoreboard: None, tmp_path: Path) -> Iterator[Callable[..., OnePort]]:
    """Makes a server of the test's own, with settings of its own, to be stopped and killed."""
    with ExitStack() as servers:
        numbers = itertools.count()
        yield lambda **environment: servers.enter_context(
            running_one_port(tmp_path / f"log-{next(numbers)}", **environment)
        )


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A real browser. Django may not be asked anything in this thread while its event loop runs."""
    chromium = program("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the consoles of the watched pages said."""
    return []


@pytest.fixture
def open_page(browser: Browser, complaints: list[str]) -> Callable[..., Page]:
    """Opens an address in a browser of its own, once it is live."""

    def opened(address: str, **options: object) -> Page:
        page = browser.new_page(**options)  # type: ignore[arg-type]
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    return opened
