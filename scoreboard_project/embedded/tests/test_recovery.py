"""A start after any `kill -9` recovers without help."""

import os
import signal
from pathlib import Path

import psycopg
import pytest
import redis

from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.embedded.services import running
from scoreboard_project.testing.servers.dummy_project import DummyProject, is_running, kill_service, pid_of

pytestmark = pytest.mark.server


@pytest.mark.usefixtures("made_cluster")
def test_it_recovers_when_both_services_were_killed(data_dir: Path) -> None:
    with running(data_dir, environ={}):
        kill_service(data_dir, "postgres")
        kill_service(data_dir, "valkey")
    with running(data_dir, environ={}) as surroundings:
        psycopg.connect(surroundings.variables["DATABASE_URL"]).close()
        with redis.Redis.from_url(surroundings.variables["REDIS_URL"]) as client:
            assert client.ping()


@pytest.mark.usefixtures("made_cluster")
def test_it_replaces_a_killed_service_under_a_running_launcher(data_dir: Path) -> None:
    with running(data_dir, environ={}):
        kill_service(data_dir, "postgres")
        with running(data_dir, environ={}) as surroundings:
            psycopg.connect(surroundings.variables["DATABASE_URL"]).close()


@pytest.mark.usefixtures("made_cluster")
def test_it_is_not_misled_by_another_process_with_the_old_number(data_dir: Path) -> None:
    with running(data_dir, environ={}):
        pass
    (data_dir / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{data_dir / 'postgres'}\n")
    (data_dir / "postgres.lock").write_text(str(os.getpid()))
    (data_dir / "valkey.lock").write_text(str(os.getpid()))
    with running(data_dir, environ={}) as surroundings:
        psycopg.connect(surroundings.variables["DATABASE_URL"]).close()


@pytest.mark.usefixtures("made_cluster")
def test_it_takes_over_the_services_of_a_killed_launcher(project: DummyProject) -> None:
    launcher = project.start("manage", "wait")
    assert launcher.stdout
    assert launcher.stdout.readline() == "waiting\n"
    postgres = pid_of(project.data_dir, "postgres")
    launcher.kill()
    launcher.communicate()
    assert is_running(project.data_dir, "postgres")
    with running(project.data_dir, environ={}):
        assert pid_of(project.data_dir, "postgres") == postgres
    assert not (project.data_dir / "sockets").is_symlink()


@pytest.mark.usefixtures("made_cluster")
def test_it_replaces_a_valkey_that_does_not_answer(data_dir: Path) -> None:
    with running(data_dir, environ={}):
        paused = pid_of(data_dir, "valkey")
        os.kill(paused, signal.SIGSTOP)
    with (
        running(data_dir, environ={}) as surroundings,
        redis.Redis.from_url(surroundings.variables["REDIS_URL"]) as client,
    ):
        assert client.ping()


@pytest.mark.parametrize("setting", [("requirepass", "secret"), ("min-replicas-to-write", "1"), ("maxclients", "1")])
def test_it_leaves_a_valkey_alone_that_answers_with_an_error(data_dir: Path, setting: tuple[str, str]) -> None:
    only_valkey = {"DATABASE_URL": "postgresql://elsewhere/scoreboard"}
    with running(data_dir, environ=only_valkey) as surroundings:
        first = pid_of(data_dir, "valkey")
        with redis.Redis.from_url(surroundings.variables["REDIS_URL"]) as client:
            client.config_set(*setting)
            with running(data_dir, environ=only_valkey):
                assert pid_of(data_dir, "valkey") == first


def test_it_creates_the_cluster_again_after_an_interrupted_first_start(data_dir: Path) -> None:
    (data_dir / "postgres.draft" / "base").mkdir(parents=True)
    data_dir.chmod(0o755)
    with running(data_dir, environ={}) as surroundings:
        psycopg.connect(surroundings.variables["DATABASE_URL"]).close()
    assert not (data_dir / "postgres.draft").exists()


def test_it_shows_the_end_of_the_log_when_a_service_cannot_start(data_dir: Path) -> None:
    with running(data_dir, environ={}):
        pass
    with (data_dir / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedError, match="unrecognized configuration parameter"), running(data_dir, environ={}):
        pass
    assert not (data_dir / "sockets").is_symlink(), "the Valkey that did start is stopped again"
