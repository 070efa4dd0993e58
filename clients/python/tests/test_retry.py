"""How long a client waits before it tries again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from scoreboard_client.retry import Backoff, LivePolicy, RetryPolicy, read_retry_after


@pytest.mark.parametrize(("failures", "longest"), [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 5), (10_000, 5)])
def test_the_longest_wait_doubles_up_to_the_cap(failures: int, longest: float) -> None:
    waits = [Backoff(base_seconds=0.5, cap_seconds=5).seconds(failures) for _ in range(500)]
    assert 0.9 * longest < max(waits) <= longest


def test_the_jitter_is_full() -> None:
    waits = [Backoff(base_seconds=1).seconds(1) for _ in range(500)]
    assert min(waits) < 0.1
    assert len(set(waits)) > 400


def test_it_waits_at_least_as_long_as_the_server_asks() -> None:
    waits = [RetryPolicy(backoff=Backoff(base_seconds=0.5)).wait_before_retry(1, 7) for _ in range(100)]
    assert all(7 <= wait <= 7.5 for wait in waits)


def test_it_waits_long_after_too_many_sockets() -> None:
    waits = [LivePolicy(too_many_seconds=60).wait_after_too_many() for _ in range(100)]
    assert all(30 <= wait <= 60 for wait in waits)


@pytest.mark.parametrize(("header", "seconds"), [("3", 3), (" 0 ", 0), ("-1", None), ("soon", None), (None, None)])
def test_it_reads_the_seconds_of_retry_after(header: str | None, seconds: float | None) -> None:
    assert read_retry_after(header) == seconds


def test_it_reads_the_date_of_retry_after() -> None:
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert read_retry_after(in_a_minute) == pytest.approx(60, abs=5)


def test_a_date_in_the_past_means_no_wait() -> None:
    assert read_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
