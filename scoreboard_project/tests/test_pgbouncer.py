"""Behind a real PgBouncer in transaction mode, its other settings as they come."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from scoreboard_project.testing.cast import ANA, BOB, CAROL, crowd
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort, running_one_port
from scoreboard_project.testing.servers.own_postgres import OwnPostgres, manage
from scoreboard_project.testing.servers.pgbouncer import running_pgbouncer
from scoreboard_project.testing.threads import in_threads, started

pytestmark = [pytest.mark.server, pytest.mark.faults]

POOLING = {"DATABASE_TRANSACTION_POOLING": "true"}


@pytest.fixture(scope="module")
def pooled(own_postgres: OwnPostgres) -> Iterator[dict[str, str]]:
    """The environment of a process that connects through PgBouncer."""
    with running_pgbouncer(own_postgres.server) as url:
        yield {**own_postgres.environment, "DATABASE_URL": url}


@pytest.fixture(scope="module")
def server(pooled: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnePort]:
    """A one-port process with the one setting that PgBouncer needs."""
    limits = {"DATABASE_LOCK_TIMEOUT_MS": "1000"}
    with running_one_port(tmp_path_factory.mktemp("pooled") / "log", **pooled, **POOLING, **limits) as found:
        yield found


@pytest.fixture
def game(server: OnePort) -> Iterator[Game]:
    """Requests to it."""
    with Game(server.address) as found:
        yield found


def test_every_endpoint_works(server: OnePort, game: Game) -> None:
    players = crowd(40)
    assert {answer.status for answer in in_threads(game.update, players * 5)} == {200}
    items = [{"userId": player.user_id, "requestId": "one", "actionType": "LEVEL_COMPLETE"} for player in players]
    assert game.batch(items).data["results"][0]["status"] == "applied"
    assert game.update(CAROL, x_request_id="mine").status == 200
    assert game.update(CAROL, x_request_id="mine").failed_with(409, "DUPLICATE_REQUEST")
    paths = (
        "scoreboard",
        "scoreboard?limit=10&offset=100",
        "scoreboard/around/carol",
        "users/carol/scores",
        "action-types",
    )
    for path in (*paths, "users/carol/scores/daily", "/", "/players/carol"):
        assert game.get(path).status == 200, path
    assert game.get("users/carol/scores/history", CAROL).data["pagination"]["total"] == 1
    assert httpx.get(f"{server.address}/readyz").json()["status"] == "ready"


def test_a_locked_row_is_503_after_the_lock_timeout(own_postgres: OwnPostgres, game: Game) -> None:
    game.update(BOB)
    with own_postgres.connect() as other, other.transaction():
        other.execute("SELECT * FROM users_scores WHERE user_id = 'bob' FOR UPDATE")
        began = time.monotonic()
        waiting = [started(lambda: game.update(BOB)) for _ in range(4)]
        assert all(wait().failed_with(503, "DATABASE_UNAVAILABLE") for wait in waiting)
        # PostgreSQL counts the time for each of the waiting anew when the one before has given up.
        assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    "command", ["migrate", "reindex_ranks", "reindex_ranks --check", "maintain_partitions", "export_board", "seed_demo"]
)
def test_commands_work(pooled: dict[str, str], command: str) -> None:
    done = manage(*command.split(), **pooled, **POOLING)
    assert done.returncode == 0, done.stderr


def test_without_the_setting_a_command_names_it_in_one_line(pooled: dict[str, str]) -> None:
    done = manage("maintain_partitions", **pooled)
    assert done.returncode == 1
    assert "DATABASE_TRANSACTION_POOLING=true" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_without_the_setting_the_server_names_it(pooled: dict[str, str], tmp_path: Path) -> None:
    with running_one_port(tmp_path / "log", **pooled) as server, Game(server.address) as game:
        answer = httpx.get(f"{server.address}/readyz")
        assert answer.status_code == 503
        assert "DATABASE_TRANSACTION_POOLING=true" in answer.json()["parts"]["postgresql"]["reason"]
        assert "DATABASE_TRANSACTION_POOLING=true" in server.log.read_text()
        assert game.update(ANA).failed_with(503, "DATABASE_UNAVAILABLE")
