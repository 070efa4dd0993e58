"""The disk of PostgreSQL fills up while players play, and is given room again."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from scoreboard_project.embedded.daemon import wait_until
from scoreboard_project.testing.cast import crowd
from scoreboard_project.testing.faults.invariants import keeping_invariants
from scoreboard_project.testing.faults.writers import writing
from scoreboard_project.testing.pytest_plugin import VALKEY
from scoreboard_project.testing.servers.one_port import running_one_port
from scoreboard_project.testing.servers.own_postgres import OwnPostgres, manage
from scoreboard_project.testing.servers.throwaway import throwaway_services
from scoreboard_project.testing.tools import missing
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tests.faults.conftest import Saw

SIZE = "160m"
FULL_SECONDS = 8.0
# After a crash for want of disk space it recovers first.
COMES_BACK_WITHIN_SECONDS = 10.0
CHUNK = bytes(64 * 1024)
# The tests' PostgreSQL may lose its last commits in a crash, which this is not about.
SYNCHRONOUS = "ALTER DATABASE scoreboard SET synchronous_commit = on"

pytestmark = pytest.mark.thorough


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own, in memory."""
    place = Path(tempfile.mkdtemp(prefix="scoreboard-disk-"))
    options = ["-t", "tmpfs", "-o", f"size={SIZE},mode=0755", "tmpfs", str(place)]
    if subprocess.run(["mount", *options], check=False, capture_output=True).returncode:
        place.rmdir()
        missing("this account may not mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
        place.rmdir()


@pytest.fixture
def postgres(small_disk: Path) -> Iterator[OwnPostgres]:
    """A PostgreSQL whose files are there."""
    with throwaway_services() as services:
        server = services.postgres
        server.start()
        server.stop()
        cluster = server.data_dir / "postgres"
        shutil.move(cluster.resolve(), small_disk / "postgres")
        for path in (small_disk / "postgres", *(small_disk / "postgres").rglob("*")):
            server.account.own(path)
        cluster.unlink(missing_ok=True)
        cluster.symlink_to(small_disk / "postgres")
        try:
            server.start()
            found = OwnPostgres(server)
            assert manage("migrate", "--verbosity=0", **found.environment).returncode == 0
            found.execute(SYNCHRONOUS)
            yield found
        finally:
            server.stop()
            shutil.rmtree(small_disk / "postgres")
            cluster.unlink()


def test_what_was_answered_is_kept_and_the_rest_is_503(
    small_disk: Path, postgres: OwnPostgres, request: pytest.FixtureRequest, tmp_path: Path, saw: Saw
) -> None:
    request.config.stash[VALKEY].flush()
    filler = small_disk / "filler"
    with (
        running_one_port(tmp_path / "log", **postgres.environment) as server,
        keeping_invariants(postgres, server) as invariants,
    ):
        with writing(server.address, crowd(16)) as writers:
            wait_for(lambda: _fill(filler) and writers.seen.errors["DATABASE_UNAVAILABLE"])
            time.sleep(FULL_SECONDS)
            filler.unlink()
            _restart_if_it_died(postgres)
            back_after = writers.first_success_after(time.monotonic())
        saw(back_after=back_after, longest_request=writers.seen.longest_seconds)
        assert back_after < COMES_BACK_WITHIN_SECONDS
        invariants.check(writers.seen)


def _fill(filler: Path) -> bool:
    """Take all the room that is left."""
    with filler.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(CHUNK)
        except OSError:
            return True


def _restart_if_it_died(postgres: OwnPostgres) -> None:
    """PostgreSQL gives up if it cannot write its log: then somebody must start it again."""
    if not wait_until(postgres.server.daemon.is_alive, 1) or not wait_until(lambda: _answers(postgres), 5):
        postgres.server.stop()
        postgres.server.start()


def _answers(postgres: OwnPostgres) -> bool:
    try:
        return bool(postgres.rows("SELECT 1"))
    except psycopg.OperationalError:
        return False
