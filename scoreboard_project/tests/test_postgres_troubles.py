"""A one-port process while its PostgreSQL is read-only, locked, frozen, away or set up wrongly."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_django.plugin import DjangoDbBlocker

from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Answer, Game
from scoreboard_project.testing.one_port import OnePort, running_one_port
from scoreboard_project.testing.own_postgres import OwnPostgres, own_postgres
from scoreboard_project.testing.threads import in_threads, started
from scoreboard_project.testing.waiting import wait_for

pytestmark = pytest.mark.server

READ_ONLY = "ALTER DATABASE scoreboard SET default_transaction_read_only = on"
WRITABLE = "ALTER DATABASE scoreboard RESET default_transaction_read_only"
PROBES = ("/healthz", "/readyz", "/metrics")


@pytest.fixture(scope="module")
def postgres(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[OwnPostgres]:
    """A PostgreSQL that no other test uses."""
    with django_db_blocker.unblock(), own_postgres() as found:
        yield found


@pytest.fixture(scope="module")
def server(postgres: OwnPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnePort]:
    """A one-port process on it."""
    log = tmp_path_factory.mktemp("troubles") / "log"
    limits = {"DATABASE_LOCK_TIMEOUT_MS": "1000", "DATABASE_STATEMENT_TIMEOUT_MS": "2000"}
    with running_one_port(log, **postgres.environment, **limits) as found:
        yield found


@pytest.fixture
def game(server: OnePort) -> Iterator[Game]:
    """Requests to it; writes succeed when the test begins."""
    with Game(server.address) as found:
        wait_for(lambda: found.update(BOB).status == 200)
        yield found


def readiness(server: OnePort) -> tuple[int, dict[str, Any]]:
    """What /readyz says of PostgreSQL."""
    answer = httpx.get(f"{server.address}/readyz", timeout=10)
    part: dict[str, Any] = answer.json()["parts"]["postgresql"]
    return answer.status_code, part


def seconds_until(condition: Callable[[], object], *, at_most: float) -> float:
    began = time.monotonic()
    wait_for(condition, seconds=at_most)
    return time.monotonic() - began


def is_not_now(answer: Answer) -> bool:
    assert answer.failed_with(503, "DATABASE_UNAVAILABLE")
    return int(answer.headers["Retry-After"]) > 0


def test_a_read_only_database_is_503_and_not_ready_and_over_soon_after_its_end(
    postgres: OwnPostgres, server: OnePort, game: Game
) -> None:
    in_threads(lambda _: game.update(ANA), range(16))
    postgres.execute(READ_ONLY)
    postgres.end_sessions()
    try:
        assert all(map(is_not_now, in_threads(lambda _: game.update(ANA), range(32))))
        status, part = readiness(server)
        assert (status, part["ok"]) == (503, False)
        assert "read-only" in part["reason"]
        assert game.get("scoreboard").status == 200
    finally:
        postgres.execute(WRITABLE)
    assert seconds_until(lambda: game.update(ANA).status == 200, at_most=10) < 3
    assert [answer.status for answer in in_threads(lambda _: game.update(ANA), range(16))] == [200] * 16
    assert readiness(server)[0] == 200


def test_a_locked_row_keeps_its_updates_and_no_probe_waiting(
    postgres: OwnPostgres, server: OnePort, game: Game
) -> None:
    game.update(ANA)
    with postgres.connect() as other, other.transaction():
        other.execute("SELECT * FROM users_scores WHERE user_id = 'ana' FOR UPDATE")
        updates = [started(lambda: game.update(ANA)) for _ in range(16)]
        time.sleep(0.3)  # every thread of the server waits now
        for probe in PROBES:
            began = time.monotonic()
            assert httpx.get(f"{server.address}{probe}", timeout=5).status_code == 200
            assert time.monotonic() - began < 1
        began = time.monotonic()
        assert all(is_not_now(wait()) for wait in updates)
        assert time.monotonic() - began < 6
    assert game.update(ANA).status == 200


def test_a_frozen_postgresql_is_503_after_a_bounded_wait(postgres: OwnPostgres, server: OnePort, game: Game) -> None:
    began = time.monotonic()
    with postgres.frozen():
        updates = [started(lambda: game.update(ANA)) for _ in range(8)]
        time.sleep(0.3)
        for probe in ("/healthz", "/metrics"):
            assert httpx.get(f"{server.address}{probe}", timeout=1).status_code == 200
        assert readiness(server)[0] == 503
        assert all(is_not_now(wait()) for wait in updates)
        assert time.monotonic() - began < 12
    assert seconds_until(lambda: game.update(ANA).status == 200, at_most=10) < 3


def test_after_a_long_outage_the_first_success_comes_soon(postgres: OwnPostgres, server: OnePort, game: Game) -> None:
    in_threads(lambda _: game.update(ANA), range(16))
    postgres.server.stop()
    try:
        began = time.monotonic()
        while time.monotonic() < began + 8:
            asked = time.monotonic()
            assert is_not_now(game.update(ANA))
            assert time.monotonic() - asked < 2
        assert readiness(server) == (503, {"ok": False, "reason": "no answer"})
    finally:
        postgres.server.start()
    assert seconds_until(lambda: game.update(ANA).status == 200, at_most=20) < 3


def test_a_restart_leaves_no_dead_connections_to_requests(postgres: OwnPostgres, game: Game) -> None:
    in_threads(lambda _: game.update(ANA), range(32))
    postgres.server.stop()
    postgres.server.start()
    assert [game.update(ANA).status for _ in range(20)] == [200] * 20


def test_ended_sessions_are_replaced_before_a_request_meets_them(postgres: OwnPostgres, game: Game) -> None:
    in_threads(lambda _: game.update(ANA), range(32))
    postgres.end_sessions()
    assert [game.update(ANA).status for _ in range(20)] == [200] * 20


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        (
            ("ALTER TABLE score_requests RENAME TO gone", "ALTER TABLE gone RENAME TO score_requests"),
            "score_requests",
        ),
        (("ALTER TABLE auth_user RENAME TO gone", "ALTER TABLE gone RENAME TO auth_user"), "auth_user"),
        (
            (
                "ALTER TABLE score_events RENAME score_after TO gone",
                "ALTER TABLE score_events RENAME gone TO score_after",
            ),
            "42703",
        ),
        (("ALTER SCHEMA public RENAME TO gone", "ALTER SCHEMA gone RENAME TO public"), "tables are missing"),
        (
            (
                "ALTER TABLE score_requests DROP CONSTRAINT score_requests_pkey",
                "ALTER TABLE score_requests ADD PRIMARY KEY (user_id, request_id)",
            ),
            "42P10",
        ),
    ],
)
def test_a_schema_that_does_not_fit_is_named(
    postgres: OwnPostgres, server: OnePort, game: Game, statements: tuple[str, str], reason: str
) -> None:
    break_it, mend_it = statements
    postgres.execute(break_it)
    try:
        status, part = readiness(server)
        assert status == 503
        assert reason in part["reason"]
        assert "set up wrongly" in part["reason"]
        if reason != "auth_user":
            assert is_not_now(game.update(ANA))
    finally:
        postgres.execute(mend_it)
    assert seconds_until(lambda: game.update(ANA).status == 200, at_most=10) < 3
    assert readiness(server)[0] == 200


def test_what_is_set_up_wrongly_is_logged_once(postgres: OwnPostgres, server: OnePort, game: Game) -> None:
    postgres.execute("ALTER TABLE users_scores RENAME COLUMN total_actions TO gone")
    try:
        logged = server.log.stat().st_size
        assert all(map(is_not_now, [game.update(ANA) for _ in range(20)]))
        lines = server.log.read_text()[logged:].splitlines()
        assert len([line for line in lines if "42703" in line]) <= 1
        assert not [line for line in lines if "Traceback" in line]
    finally:
        postgres.execute("ALTER TABLE users_scores RENAME COLUMN gone TO total_actions")


def test_a_role_without_a_permission_is_named_from_the_start(postgres: OwnPostgres, tmp_path: Path) -> None:
    postgres.execute(
        "CREATE ROLE poor LOGIN",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO poor",
        "REVOKE INSERT ON score_events FROM poor",
    )
    poor = {**postgres.environment, "DATABASE_URL": postgres.url.replace("scoreboard@", "poor@")}
    with running_one_port(tmp_path / "log", **poor) as server, Game(server.address) as game:
        wait_for(lambda: "42501" in server.log.read_text())
        status, part = readiness(server)
        assert (status, part["reason"]) == (503, "set up wrongly: a permission is missing (SQLSTATE 42501)")
        assert is_not_now(game.update(ANA))
        postgres.execute("GRANT INSERT ON score_events TO poor")
        assert seconds_until(lambda: game.update(ANA).status == 200, at_most=10) < 3


@pytest.mark.parametrize(
    ("user", "database", "reason"),
    [("scoreboard", "nowhere", "3D000"), ("nobody-here", "scoreboard", "28000")],
)
def test_a_refused_connection_is_explained(
    postgres: OwnPostgres, tmp_path: Path, user: str, database: str, reason: str
) -> None:
    url = postgres.url.replace("scoreboard@", f"{user}@").replace("/scoreboard?", f"/{database}?")
    wrong = {**postgres.environment, "DATABASE_URL": url}
    with running_one_port(tmp_path / "log", **wrong) as server, Game(server.address) as game:
        assert reason in readiness(server)[1]["reason"]
        assert is_not_now(game.update(ANA))
