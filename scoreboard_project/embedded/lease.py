"""Who uses the services of a data directory. Each launcher holds a shared lock, and the last one to leave stops them.

The kernel releases the lock of a process that ends, so a killed launcher no longer counts as a user.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path


@contextmanager
def hold_lease(data_dir: Path, *, start: Callable[[], None], stop: Callable[[], None]) -> Iterator[int]:
    """Run `start` on entry, and `stop` on exit if no other launcher is left. Only one launcher at a time runs either.

    Yields the lock's file descriptor: a child that inherits it keeps the lease even if its launcher is killed.
    """
    with (data_dir / "lease.lock").open("a", encoding="ascii") as lease:
        with take_turn(data_dir):
            fcntl.flock(lease, fcntl.LOCK_SH)
            try:
                start()
            except BaseException:
                _stop_when_last(lease, stop)
                raise
        try:
            yield lease.fileno()
        finally:
            with take_turn(data_dir):
                _stop_when_last(lease, stop)


@contextmanager
def take_turn(data_dir: Path) -> Iterator[None]:
    """Make every other launcher wait while this one starts or stops services."""
    with (data_dir / "turn.lock").open("a", encoding="ascii") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _stop_when_last(lease: TextIOWrapper, stop: Callable[[], None]) -> None:
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    try:
        stop()
    finally:
        # A child that outlives its launcher shares this lock, and the next start would wait for it.
        fcntl.flock(lease, fcntl.LOCK_UN)
