"""Fixtures of pages in a real browser: one Chromium a test process, and for each page a context of its own.

Playwright's event loop counts as running in this thread for as long as Playwright is used. Neither Django nor
pytest-asyncio can work beside it, so it is shown to asyncio only while a test that has a browser runs. Such a test asks
Django in other threads.
"""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from scoreboard_project.launcher.suite import TOOLS
from scoreboard_project.testing.tools import program

CHROMIUM_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
OpenPage = Callable[..., Page]


class SharedBrowser:
    """Playwright, and a Chromium that is started when it is first asked for, and again if it died."""

    def __init__(self, playwright: Playwright) -> None:
        self.loop = asyncio.get_running_loop()
        self._playwright = playwright
        self._browser: Browser | None = None

    def browser(self) -> Browser:
        """The running Chromium. Skips the test where none is installed."""
        if self._browser is None or not self._browser.is_connected():
            chromium = program(*TOOLS["chromium"][0])
            self._browser = self._playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        return self._browser

    def close_pages(self) -> None:
        """Close every page, and forget its cookies and storage."""
        if self._browser is not None:
            for context in self._browser.contexts:
                context.close()

    def close(self) -> None:
        """End Chromium."""
        if self._browser is not None:
            self._browser.close()


@pytest.fixture(scope="session")
def shared_browser() -> Iterator[SharedBrowser]:
    """The browser of this test process, its event loop hidden."""
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        shared = SharedBrowser(playwright)
        asyncio._set_running_loop(None)
        yield shared
        asyncio._set_running_loop(shared.loop)
        shared.close()
    asyncio._set_running_loop(None)


@pytest.fixture
def browser(shared_browser: SharedBrowser) -> Iterator[Browser]:
    """A real browser without a page. Django may not be asked anything in this thread while it is in use."""
    asyncio._set_running_loop(shared_browser.loop)
    try:
        yield shared_browser.browser()
        shared_browser.close_pages()
    finally:
        asyncio._set_running_loop(None)


@pytest.fixture
def complaints() -> list[str]:
    """What the consoles of the watched pages said."""
    return []


@pytest.fixture
def open_page(browser: Browser, complaints: list[str]) -> OpenPage:
    """Opens an address in a context of its own, whose errors and warnings are kept."""

    def opened(address: str, **options: object) -> Page:
        page = browser.new_page(**options)  # type: ignore[arg-type]
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    return opened
