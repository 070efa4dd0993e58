"""The window of one process."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from scoreboard_project.limits import rate_limit
from scoreboard_project.limits.rate_limit import LocalWindow


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The window's clock."""
    found = Clock()
    monkeypatch.setattr(rate_limit, "time", found)
    return found


def wait(window: LocalWindow, key: str = "ana", *, cost: int = 1) -> float:
    return window.wait_seconds(key, limit=3, window_seconds=60, cost=cost)


def test_it_slides(clock: Clock) -> None:
    window = LocalWindow()
    for _ in range(3):
        assert wait(window) == 0
        clock.now += 10

    assert wait(window) == 30
    clock.now += 30
    assert wait(window) == 0
    assert wait(window) == 10


def test_it_counts_costs(clock: Clock) -> None:
    window = LocalWindow()
    assert wait(window, cost=2) == 0
    clock.now += 15

    assert wait(window, cost=2) == 45
    assert wait(window, cost=1) == 0
    assert wait(window, cost=3) == 60


def test_it_is_exact_under_threads() -> None:
    window = LocalWindow()

    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: wait(window), range(100)))

    assert waits.count(0.0) == 3


def test_it_keeps_a_bounded_number_of_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MAX_LOCAL_KEYS", 5)
    window = LocalWindow()
    for number in range(50):
        wait(window, str(number))

    assert len(window._allowed) == 5
