"""A one-port process while its PostgreSQL is read-only, locked, frozen or away."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.servers.own_postgres import OwnPostgres, is_not_now, readiness, succeeds_within
from scoreboard_project.testing.threads import in_threads, started

pytestmark = [pytest.mark.server, pytest.mark.faults]

READ_ONLY = "ALTER DATABASE scoreboard SET default_transaction_read_only = on"
WRITABLE = "ALTER DATABASE scoreboard RESET default_transaction_read_only"
PROBES = ("/healthz", "/readyz", "/metrics")


def test_a_read_only_database_is_503_and_not_ready_and_over_soon_after_its_end(
    own_postgres: OwnPostgres, troubled_server: OnePort, troubled_game: Game
) -> None:
    in_threads(lambda _: troubled_game.update(ANA), range(16))
    own_postgres.execute(READ_ONLY)
    own_postgres.end_sessions()
    try:
        assert all(map(is_not_now, in_threads(lambda _: troubled_game.update(ANA), range(32))))
        status, part = readiness(troubled_server)
        assert (status, part["ok"]) == (503, False)
        assert "read-only" in part["reason"]
        assert troubled_game.get("scoreboard").status == 200
    finally:
        own_postgres.execute(WRITABLE)
    assert succeeds_within(3, troubled_game, ANA)
    assert [answer.status for answer in in_threads(lambda _: troubled_game.update(ANA), range(16))] == [200] * 16
    assert readiness(troubled_server)[0] == 200


def test_a_locked_row_keeps_its_updates_and_no_probe_waiting(
    own_postgres: OwnPostgres, troubled_server: OnePort, troubled_game: Game
) -> None:
    troubled_game.update(ANA)
    with own_postgres.connect() as other, other.transaction(), ThreadPoolExecutor(16) as clients:
        other.execute("SELECT * FROM users_scores WHERE user_id = 'ana' FOR UPDATE")
        updates = [clients.submit(troubled_game.update, ANA) for _ in range(16)]
        time.sleep(0.3)  # every thread of the server waits now
        for probe in PROBES:
            assert httpx.get(f"{troubled_server.address}{probe}", timeout=5).status_code == 200
        assert not any(update.done() for update in updates)
        asked = time.monotonic()
        assert all(is_not_now(update.result()) for update in updates)
        assert time.monotonic() - asked < 10
    assert troubled_game.update(ANA).status == 200


def test_a_frozen_postgresql_is_503_after_a_bounded_wait(
    own_postgres: OwnPostgres, troubled_server: OnePort, troubled_game: Game
) -> None:
    began = time.monotonic()
    with own_postgres.frozen():
        updates = [started(lambda: troubled_game.update(ANA)) for _ in range(8)]
        time.sleep(0.3)
        for probe in ("/healthz", "/metrics"):
            assert httpx.get(f"{troubled_server.address}{probe}", timeout=1).status_code == 200
        assert readiness(troubled_server)[0] == 503
        assert all(is_not_now(wait()) for wait in updates)
        assert time.monotonic() - began < 20
    assert succeeds_within(3, troubled_game, ANA)


def test_after_a_long_outage_the_first_success_comes_soon(
    own_postgres: OwnPostgres, troubled_server: OnePort, troubled_game: Game
) -> None:
    in_threads(lambda _: troubled_game.update(ANA), range(16))
    own_postgres.server.stop()
    try:
        began = time.monotonic()
        while time.monotonic() < began + 8:
            asked = time.monotonic()
            assert is_not_now(troubled_game.update(ANA))
            assert time.monotonic() - asked < 2
        status, part = readiness(troubled_server)
        assert (status, "nobody listens" in part["reason"]) == (503, True)
    finally:
        own_postgres.server.start()
    assert succeeds_within(3, troubled_game, ANA)


def test_a_restart_leaves_no_dead_connections_to_requests(own_postgres: OwnPostgres, troubled_game: Game) -> None:
    in_threads(lambda _: troubled_game.update(ANA), range(32))
    own_postgres.server.stop()
    own_postgres.server.start()
    assert [troubled_game.update(ANA).status for _ in range(20)] == [200] * 20


def test_ended_sessions_are_replaced_before_a_request_meets_them(
    own_postgres: OwnPostgres, troubled_game: Game
) -> None:
    in_threads(lambda _: troubled_game.update(ANA), range(32))
    own_postgres.end_sessions()
    assert [troubled_game.update(ANA).status for _ in range(20)] == [200] * 20
