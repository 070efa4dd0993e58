"""Installations of the embedded services for these tests: each its own, none the developer's, nothing left behind."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scoreboard_project.testing.dummy_project import DummyProject, stop_services
from scoreboard_project.testing.spare_cluster import SpareCluster
from scoreboard_project.testing.throwaway import throwaway_services


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
