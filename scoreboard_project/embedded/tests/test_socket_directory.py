"""Sockets are in a short private directory, however long the path of the data directory is."""

import os
import tempfile
from pathlib import Path

import psycopg
import pytest
import redis

from scoreboard_project.embedded.account import service_account
from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.embedded.services import running
from scoreboard_project.embedded.socket_directory import socket_directory
from scoreboard_project.testing.servers.dummy_project import socket_directory_of


@pytest.mark.usefixtures("made_cluster")
@pytest.mark.server
def test_addresses_survive_a_blank_and_a_letter_beyond_ascii(
    place: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    with running(data_dir, environ={}) as surroundings:
        assert socket_directory_of(surroundings.variables["DATABASE_URL"]).parent == place
        psycopg.connect(surroundings.variables["DATABASE_URL"]).close()
        with redis.Redis.from_url(surroundings.variables["REDIS_URL"]) as client:
            assert client.ping()


@pytest.mark.server
def test_a_data_directory_may_be_longer_than_a_socket_path(data_dir: Path) -> None:
    deep = data_dir.joinpath(*["a directory with a long name"] * 8)
    with running(deep, environ={}) as surroundings:
        psycopg.connect(surroundings.variables["DATABASE_URL"]).close()


def test_it_refuses_a_directory_that_others_can_enter(data_dir: Path) -> None:
    data_dir.mkdir(parents=True)
    account = service_account(data_dir / "postgres")
    directory = socket_directory(data_dir, account)
    directory.chmod(0o755)
    with pytest.raises(EmbeddedError, match="not a private directory"):
        socket_directory(data_dir, account)


def test_it_refuses_a_directory_of_someone_else(data_dir: Path, unprivileged_user: int) -> None:
    data_dir.mkdir(parents=True)
    account = service_account(data_dir / "postgres")
    os.chown(socket_directory(data_dir, account), unprivileged_user, unprivileged_user)
    with pytest.raises(EmbeddedError, match="not a private directory"):
        socket_directory(data_dir, account)


def test_it_finds_another_place_when_the_recorded_one_is_gone(data_dir: Path) -> None:
    data_dir.mkdir(parents=True)
    (data_dir / "sockets").symlink_to("/nowhere/sockets")
    assert socket_directory(data_dir, service_account(data_dir / "postgres")).is_dir()
