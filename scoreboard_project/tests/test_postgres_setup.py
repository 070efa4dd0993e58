"""A PostgreSQL that is set up wrongly: named from the start, by /readyz and by commands, and 503 for requests."""

from pathlib import Path

import pytest

from scoreboard_project.testing.cast import ANA, Player
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort, running_one_port
from scoreboard_project.testing.servers.own_postgres import OwnPostgres, is_not_now, manage, readiness, succeeds_within
from scoreboard_project.testing.waiting import wait_for

pytestmark = pytest.mark.server


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
                "ALTER TABLE score_requests DROP CONSTRAINT idx_request_lookup",
                "ALTER TABLE score_requests ADD PRIMARY KEY (user_id, request_id)",
            ),
            "42P10",
        ),
    ],
)
def test_a_schema_that_does_not_fit_is_named(
    own_postgres: OwnPostgres, troubled_server: OnePort, troubled_game: Game, statements: tuple[str, str], reason: str
) -> None:
    break_it, mend_it = statements
    own_postgres.execute(break_it)
    try:
        status, part = readiness(troubled_server)
        assert status == 503
        assert reason in part["reason"]
        assert "set up wrongly" in part["reason"]
        if reason != "auth_user":
            assert is_not_now(troubled_game.update(ANA))
    finally:
        own_postgres.execute(mend_it)
    assert succeeds_within(3, troubled_game, ANA)
    assert readiness(troubled_server)[0] == 200


def test_what_is_set_up_wrongly_is_logged_once(
    own_postgres: OwnPostgres, troubled_server: OnePort, troubled_game: Game
) -> None:
    own_postgres.execute("ALTER TABLE users_scores RENAME COLUMN total_actions TO gone")
    try:
        logged = troubled_server.log.stat().st_size
        assert all(map(is_not_now, [troubled_game.update(ANA) for _ in range(20)]))
        lines = troubled_server.log.read_text()[logged:].splitlines()
        assert len([line for line in lines if "42703" in line]) <= 1
        assert not [line for line in lines if "Traceback" in line]
    finally:
        own_postgres.execute("ALTER TABLE users_scores RENAME COLUMN gone TO total_actions")


def test_a_role_without_a_permission_is_named_from_the_start(own_postgres: OwnPostgres, tmp_path: Path) -> None:
    own_postgres.execute(
        "CREATE ROLE poor LOGIN",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO poor",
        "REVOKE INSERT ON score_events FROM poor",
    )
    poor = {**own_postgres.environment, "DATABASE_URL": own_postgres.url.replace("scoreboard@", "poor@")}
    with running_one_port(tmp_path / "log", **poor) as server, Game(server.address) as game:
        wait_for(lambda: "42501" in server.log.read_text())
        status, part = readiness(server)
        assert (status, part["reason"]) == (503, "set up wrongly: a permission is missing (SQLSTATE 42501)")
        assert is_not_now(game.update(ANA))
        own_postgres.execute("GRANT INSERT ON score_events TO poor")
        assert succeeds_within(3, game, ANA)


@pytest.mark.parametrize(
    ("user", "database", "reason"),
    [("scoreboard", "nowhere", "3D000"), ("nobody-here", "scoreboard", "28000")],
)
def test_a_refused_connection_is_explained(
    own_postgres: OwnPostgres, tmp_path: Path, user: str, database: str, reason: str
) -> None:
    url = own_postgres.url.replace("scoreboard@", f"{user}@").replace("/scoreboard?", f"/{database}?")
    wrong = {**own_postgres.environment, "DATABASE_URL": url}
    with running_one_port(tmp_path / "log", **wrong) as server, Game(server.address) as game:
        assert reason in readiness(server)[1]["reason"]
        assert is_not_now(game.update(ANA))


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_an_encoding_that_cannot_hold_every_name_is_refused(
    own_postgres: OwnPostgres, tmp_path: Path, encoding: str
) -> None:
    name = encoding.lower()
    own_postgres.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    environment = {**own_postgres.environment, "DATABASE_URL": own_postgres.url.replace("/scoreboard?", f"/{name}?")}
    refused = manage("migrate", **environment)
    assert refused.returncode == 1
    assert f"The encoding of the database is {encoding}" in refused.stderr
    assert "Traceback" not in refused.stderr

    assert manage("migrate", "--skip-checks", **environment).returncode == 0
    with running_one_port(tmp_path / "log", **environment) as server, Game(server.address) as game:
        status, part = readiness(server)
        assert (status, f"the encoding of the database is {encoding}" in part["reason"]) == (503, True)
        if encoding == "LATIN1":
            assert is_not_now(game.update(Player("omega", "Ω")))


@pytest.mark.parametrize("command", ["maintain_partitions", "reindex_ranks", "export_board", "migrate"])
def test_a_command_says_in_one_line_that_postgresql_refused(own_postgres: OwnPostgres, command: str) -> None:
    url = own_postgres.url.replace("/scoreboard?", "/nowhere?")
    done = manage(command, **own_postgres.environment | {"DATABASE_URL": url})
    assert done.returncode == 1
    assert 'database "nowhere" does not exist' in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_migrate_without_the_right_to_create_says_so_in_one_line(own_postgres: OwnPostgres) -> None:
    own_postgres.execute("CREATE ROLE tenant LOGIN", "CREATE DATABASE rented")
    own_postgres.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database="rented")
    url = own_postgres.url.replace("scoreboard@", "tenant@").replace("/scoreboard?", "/rented?")
    done = manage("migrate", **own_postgres.environment | {"DATABASE_URL": url})
    assert done.returncode == 1
    assert "permission denied for schema public" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
