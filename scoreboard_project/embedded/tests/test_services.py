"""Services run during a `with` block, are shared, and stop when the last block ends."""

import os
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest
import redis

from scoreboard_project.embedded.services import running
from scoreboard_project.testing.servers.dummy_project import is_running

pytestmark = pytest.mark.server


def test_it_serves_a_database_and_a_valkey_to_the_usual_clients(data_dir: Path) -> None:
    with running(data_dir, environ={}) as surroundings:
        with psycopg.connect(surroundings.variables["DATABASE_URL"]) as database:
            row = database.execute(
                "SELECT upper('é'), current_setting('fsync'), current_setting('TimeZone')"
            ).fetchone()
        with redis.Redis.from_url(surroundings.variables["REDIS_URL"]) as client:
            assert client.ping()
    assert row == ("É", "on", "UTC")


def test_it_keeps_the_database_and_forgets_what_can_be_derived(data_dir: Path) -> None:
    with running(data_dir, environ={}) as surroundings:
        with psycopg.connect(surroundings.variables["DATABASE_URL"]) as database:
            database.execute("CREATE TABLE kept AS SELECT 7 AS number")
        with redis.Redis.from_url(surroundings.variables["REDIS_URL"]) as client:
            client.set("derived", 1)
    with running(data_dir, environ={}) as surroundings:
        with psycopg.connect(surroundings.variables["DATABASE_URL"]) as database:
            assert database.execute("SELECT number FROM kept").fetchone() == (7,)
        with redis.Redis.from_url(surroundings.variables["REDIS_URL"]) as client:
            assert client.get("derived") is None


@pytest.mark.usefixtures("made_cluster")
def test_it_stops_with_its_last_user(data_dir: Path) -> None:
    with running(data_dir, environ={}) as first:
        with running(data_dir, environ={}) as second:
            assert second.variables == first.variables
        assert is_running(data_dir, "postgres")
        assert is_running(data_dir, "valkey")
        sockets = (data_dir / "sockets").readlink()
    assert not sockets.exists()


@pytest.mark.usefixtures("made_cluster")
def test_a_child_that_stays_behind_does_not_keep_the_next_start_waiting(data_dir: Path) -> None:
    with running(data_dir, environ={}) as surroundings:
        child = subprocess.Popen(["sleep", "60"], pass_fds=[surroundings.lease])
    with running(data_dir, environ={}):
        assert is_running(data_dir, "postgres")
    child.kill()
    child.wait()


def test_it_starts_only_what_is_not_configured(data_dir: Path) -> None:
    with running(data_dir, environ={"DATABASE_URL": "postgresql://elsewhere/scoreboard"}) as surroundings:
        assert "DATABASE_URL" not in surroundings.variables
        assert is_running(data_dir, "valkey")
        assert not (data_dir / "postgres").exists()


@pytest.mark.usefixtures("made_cluster")
def test_the_last_launcher_stops_services_that_it_did_not_need(data_dir: Path) -> None:
    outer = running(data_dir, environ={})
    variables = outer.__enter__().variables
    with running(data_dir, environ=variables):
        outer.__exit__(None, None, None)
        assert is_running(data_dir, "postgres")
        sockets = (data_dir / "sockets").readlink()
    assert not sockets.exists()


def test_it_selects_development_only_with_an_embedded_service(data_dir: Path) -> None:
    outside = {"DATABASE_URL": "postgresql://elsewhere/scoreboard", "REDIS_URL": "redis://elsewhere"}
    with running(data_dir, environ=outside) as surroundings:
        assert "SCOREBOARD_ENVIRONMENT" not in surroundings.variables
    one_outside = {"DATABASE_URL": "postgresql://elsewhere/scoreboard"}
    with running(data_dir, environ=one_outside) as surroundings:
        assert surroundings.variables["SCOREBOARD_ENVIRONMENT"] == "development"
    with running(data_dir, environ={**one_outside, "SCOREBOARD_ENVIRONMENT": "production"}) as surroundings:
        assert "SCOREBOARD_ENVIRONMENT" not in surroundings.variables


@pytest.mark.usefixtures("made_cluster")
def test_its_sockets_are_private(data_dir: Path) -> None:
    with running(data_dir, environ={}):
        sockets = (data_dir / "sockets").readlink()
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert len(os.fsencode(sockets / ".s.PGSQL.5432")) < 104
