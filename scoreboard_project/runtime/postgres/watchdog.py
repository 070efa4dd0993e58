"""Ends waits in vain: for a PostgreSQL that hangs, and on connections that died without a word.

A statement may take long, so its time alone says nothing. Once one has taken some seconds, the watchdog asks PostgreSQL
over a new connection who is at work. If nobody answers, or the session of the statement is idle, the connection is cut,
and whoever waits gets psycopg's error at once.
"""

import logging
import os
import select
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings

from scoreboard_project.runtime.postgres.probe import read_once
from scoreboard_project.runtime.postgres.states import refusal_of

PATIENT_SECONDS = 2.0
LOOK_EVERY_SECONDS = 0.5
# Each question takes a new connection.
ASK_EVERY_SECONDS = 1.0
# Behind a pooler or proxy the process ids that clients see need not be PostgreSQL's: then `is_direct` is false.
AT_WORK = """
SELECT pg_backend_pid() = %(own_pid)s AS is_direct, ARRAY(
    SELECT pid FROM pg_stat_activity WHERE pid = ANY(%(pids)s) AND state IS DISTINCT FROM 'idle'
)
"""

log = logging.getLogger("scoreboard.postgresql")
Session = psycopg.Connection[Any] | psycopg.AsyncConnection[Any]


@dataclass(eq=False, slots=True)
class Wait:
    """Someone waits for an answer on this connection, since then on the monotonic clock."""

    session: Session
    since: float


class Watchdog:
    """One thread for all connections of the process, started with the first wait."""

    def __init__(self) -> None:
        self._waits: set[Wait] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._suspects: set[Wait] = set()

    @contextmanager
    def watching(self, session: Session) -> Iterator[None]:
        """Around a wait for an answer. The connection must not be closed inside the block."""
        wait = Wait(session, time.monotonic())
        with self._lock:
            self._waits.add(wait)
            if self._thread is None:
                self._start()
        try:
            yield
        finally:
            with self._lock:
                self._waits.discard(wait)

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._look_forever, name="postgresql-watchdog", daemon=True)
        self._thread.start()

    def _look_forever(self) -> None:
        has_asked = False
        while True:
            time.sleep(ASK_EVERY_SECONDS if has_asked else LOOK_EVERY_SECONDS)
            try:
                has_asked = self.look()
            except Exception:
                log.exception("Waits for PostgreSQL could not be checked")

    def look(self) -> bool:
        """Cut the connections on which someone waits in vain. Returns whether PostgreSQL was asked."""
        patient_since = time.monotonic() - PATIENT_SECONDS
        with self._lock:
            long = {wait for wait in self._waits if wait.since < patient_since}
        if not long:
            self._suspects = set()
            return False
        try:
            idle = _idle(long)
        except psycopg.Error as error:
            # Any other refusal is an answer: it is starting, or has no connection to spare.
            refusal = refusal_of(error)
            if refusal is not None and refusal.is_silence:
                self._cut(long, "PostgreSQL does not answer")
            return True
        # At the first look an answer may have been on its way.
        self._cut(idle & self._suspects, "the connections died without a word")
        self._suspects = idle
        return True

    def _cut(self, waits: Iterable[Wait], reason: str) -> None:
        with self._lock:
            count = sum(_cut(wait.session) for wait in waits if wait in self._waits)
        if count:
            log.warning("Connections to PostgreSQL were given up", extra={"reason": reason, "connections": count})


def _idle(waits: Iterable[Wait]) -> set[Wait]:
    """Those whose session in PostgreSQL does nothing. None if that cannot be told. Raises psycopg's errors."""
    pids = {wait: wait.session.info.backend_pid for wait in waits if not wait.session.closed}
    ((is_direct, at_work),) = read_once(AT_WORK, pids=list(pids.values()))
    if not is_direct or settings.DATABASE_TRANSACTION_POOLING:
        return set()
    return {wait for wait, pid in pids.items() if pid not in at_work}


def _cut(session: Session) -> bool:
    """Whether it was cut: not if the answer is there, and whoever waits has not had the time to read it."""
    if session.closed:
        return False
    descriptor = session.fileno()
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    if waiting.poll(0):
        return False
    # The connection keeps its own descriptor, and closes it.
    with socket.socket(fileno=os.dup(descriptor)) as twin, suppress(OSError):
        twin.shutdown(socket.SHUT_RDWR)
    return True


watchdog = Watchdog()
