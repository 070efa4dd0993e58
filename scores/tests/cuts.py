"""Cuts the connection of a write in an event loop: before it, during it, at its commit or after it."""

import os
import socket
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from scoreboard_project.runtime.postgres import lanes
from scores.services.ledger import UNJUDGED


class Cuts:
    """Cuts the connection of the next writes, at the places named."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.places: list[str] = []
        self._execute: Callable[..., Any] = lanes._execute
        monkeypatch.setattr(lanes, "_execute", self.execute)

    async def execute(self, session: lanes.Session, statement: Any) -> Any:
        place = self.places.pop(0) if self.places and "score_requests" in statement.sql else ""
        if place == "before":
            await session.close()
        if place == "during":
            # PostgreSQL ends the session before its statement has committed.
            async with await type(session).connect(session.info.dsn, autocommit=True) as other:
                await other.execute("SELECT pg_terminate_backend(%s, 5000)", [session.info.backend_pid])
        try:
            rows = await self._execute(session, statement)
        except psycopg.Error as error:
            # Refused because of rules or a held user: the write comes again in another way.
            if error.sqlstate == UNJUDGED:
                self.places.insert(0, place)
            raise
        if place == "at the commit":
            with socket.socket(fileno=os.dup(session.fileno())) as wire:
                wire.shutdown(socket.SHUT_RDWR)
        if place == "unnoticed":
            await session.close()
        if place == "after":
            await session.close()
            raise psycopg.OperationalError("the connection was lost")
        return rows
