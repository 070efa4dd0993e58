"""Logs lasting trouble: one line when it begins and one when it ends, however often it is noticed in between."""

import logging
import threading
import time


class Outage:
    """One kind of trouble in this process, with the messages of its two lines."""

    def __init__(self, log: logging.Logger, *, begins: str, ends: str) -> None:
        self._log = log
        self._begins = begins
        self._ends = ends
        self._lock = threading.Lock()
        self._since = 0.0
        self._first_reason = ""
        # Empty if there is no trouble.
        self.reason = ""

    def begin(self, reason: str) -> None:
        """Note the trouble. While it lasts, only the reason is updated."""
        with self._lock:
            is_new, self.reason = not self.reason, reason
            if is_new:
                self._since, self._first_reason = time.monotonic(), reason
        if is_new:
            self._log.warning(self._begins, extra={"reason": reason})

    def end(self) -> None:
        """Note that the trouble is over, if there was any."""
        if not self.reason:
            return
        with self._lock:
            was_on, self.reason = bool(self.reason), ""
            seconds, reason = round(time.monotonic() - self._since, 1), self._first_reason
        if was_on:
            self._log.warning(self._ends, extra={"seconds": seconds, "reason": reason})
