"""Installations of the embedded services for these tests: each its own, none the developer's, nothing left behind."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scoreboard_project.testing.cast import BOB
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.dummy_project import DummyProject, stop_services
from scoreboard_project.testing.servers.one_port import OnePort, running_one_port
from scoreboard_project.testing.servers.own_postgres import OwnPostgres, running_own_postgres
from scoreboard_project.testing.servers.spare_cluster import SpareCluster
from scoreboard_project.testing.servers.throwaway import throwaway_services
from scoreboard_project.testing.waiting import wait_for


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every account can pass, as pytest's own is not, with a blank and a letter beyond ASCII."""
    with tempfile.TemporaryDirectory(prefix="scoreboard tést ") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.fixture
def data_dir(place: Path) -> Iterator[Path]:
    """A data directory that does not exist yet, nor its parent. Whatever runs there at the end is stopped."""
    data_dir = place / "missing parent" / "data"
    yield data_dir
    stop_services(data_dir)


@pytest.fixture(scope="session")
def spare_cluster() -> Iterator[SpareCluster]:
    """The cluster that tests lend to their data directories."""
    with throwaway_services() as services:
        yield SpareCluster(services)


@pytest.fixture
def made_cluster(data_dir: Path, spare_cluster: SpareCluster) -> Iterator[None]:
    """Makes the data directory as a first start leaves it. For tests about anything but a first start."""
    spare_cluster.lend(data_dir)
    yield
    spare_cluster.take_back(data_dir)


@pytest.fixture
def project(place: Path, data_dir: Path) -> DummyProject:
    """A project that is only `scoreboard_project.embedded`, a tiny manage.py and a tiny ASGI application."""
    return DummyProject(place / "project", data_dir)


@pytest.fixture
def unprivileged_user() -> int:
    """A user id without rights to act as, for tests that run as root. Skips where we are not root."""
    if os.geteuid() != 0 or shutil.which("true") is None:
        pytest.skip("only root can act as another user")
    return 65534


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[OwnPostgres]:
    """A PostgreSQL to stop, freeze and set up wrongly. Each test leaves it as it was."""
    with running_own_postgres() as found:
        yield found


@pytest.fixture(scope="session")
def troubled_server(own_postgres: OwnPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnePort]:
    """A one-port process on it, with short limits."""
    log = tmp_path_factory.mktemp("troubles") / "log"
    limits = {"DATABASE_LOCK_TIMEOUT_MS": "4000", "DATABASE_STATEMENT_TIMEOUT_MS": "5000", "HTTP_THREADS": "16"}
    with running_one_port(log, **own_postgres.environment, **limits) as found:
        yield found


@pytest.fixture
def troubled_game(troubled_server: OnePort) -> Iterator[Game]:
    """Requests to the server. Writes succeed when the test begins."""
    with Game(troubled_server.address) as found:
        wait_for(lambda: found.update(BOB).status == 200)
        yield found
