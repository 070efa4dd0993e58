"""Lets the detectors look at the ledger: at what is new, each from where it stopped, or at any time in the past."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import F

from scores.models import Detector
from scores.trust.detection.findings import Kind, store_findings
from scores.trust.detection.kinds import KINDS
from scores.trust.detection.usual import Usual, count_hour, uncounted_hours, usual_before
from scores.trust.detection.windows import Window, floor, windows

# Longer than any write takes from the time of its event to its commit: a statement ends after 30 s by default.
SETTLE = timedelta(seconds=60)
# The first time that a detector runs at all, it begins here.
FIRST_LOOK = timedelta(days=1)

log = logging.getLogger("scoreboard.detection")

GoOn = Callable[[], bool]


def detect_new(now: datetime, go_on: GoOn = lambda: True) -> int:
    """Look at what no detector has seen. Returns how many flags are new.

    A window, its flags and the mark that it was seen are one transaction. A detector that fails stays where it is. They
    take steps in turn, so that one that is slow or far behind delays no other.
    """
    new, waiting, usuals = 0, list(KINDS.values()), dict[str, Usual]()
    while waiting:
        for kind in list(waiting):
            if not go_on():
                return new
            made = _guarded(kind, partial(_step, kind, settled(now), usuals))
            if made is None:
                waiting.remove(kind)
            new += made or 0
    return new


def detect_again(since: datetime, until: datetime, kinds: Iterable[str] = ()) -> int:
    """Look at that time, whether it was looked at before or not. Returns how many flags are new."""
    chosen = [KINDS[name] for name in kinds] or list(KINDS.values())
    found = (_guarded(kind, partial(_look_at_all, kind, windows(since, until, kind.span))) for kind in chosen)
    return sum(new or 0 for new in found)


def settled(now: datetime) -> datetime:
    """No event before this will be committed from now on."""
    return now - SETTLE


def _guarded(kind: Kind, look: Callable[[], int | None]) -> int | None:
    """A detector that fails stops no other one. Then, and if there is nothing left to look at, it is None."""
    try:
        return look()
    except Exception:
        log.exception("A detector failed", extra={"kind": kind.name})
        # The next one needs a connection that works.
        connection.close_if_unusable_or_obsolete()
        Detector.objects.filter(pk=kind.name).update(failures=F("failures") + 1)
        return None


def _step(kind: Kind, until: datetime, usuals: dict[str, Usual]) -> int | None:
    """Count an hour of what is usual, or look at a window. None if nothing is left, or another worker does it."""
    Detector.objects.get_or_create(pk=kind.name, defaults={"looked_until": floor(until - FIRST_LOOK, kind.span)})
    with transaction.atomic():
        mark = Detector.objects.select_for_update(skip_locked=True).filter(pk=kind.name).first()
        window = next(windows(mark.looked_until, until, kind.span), None) if mark else None
        if window is None:
            return None
        _take_time()
        usual = usual_before(window, usuals.get(kind.name))
        if usual is not usuals.get(kind.name) and (missing := uncounted_hours(usual)):
            count_hour(missing[0])
            return 0
        usuals[kind.name] = usual
        new = _look(kind, window, usual)
        Detector.objects.filter(pk=kind.name).update(looked_until=window.end)
        return new


def _look_at_all(kind: Kind, found: Iterator[Window]) -> int:
    new, usual = 0, None
    for window in found:
        earlier, usual = usual, usual_before(window, usual)
        for hour in uncounted_hours(usual) if usual is not earlier else ():
            with transaction.atomic():
                _take_time()
                count_hour(hour)
        with transaction.atomic():
            _take_time()
            new += _look(kind, window, usual)
    return new


def _take_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL work_mem = '64MB'")


def _look(kind: Kind, window: Window, usual: Usual) -> int:
    new = store_findings(kind.name, window, kind.find(window, usual))
    if new:
        Detector.objects.filter(pk=kind.name).update(flags=F("flags") + new)
        log.info("flags made", extra={"kind": kind.name, "flags": new, "from": window.start.isoformat()})
    return new
