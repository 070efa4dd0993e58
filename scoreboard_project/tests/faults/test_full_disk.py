"""The disk of PostgreSQL fills up while players play, and is given room again."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scoreboard_project.embedded.daemon import wait_until
from scoreboard_project.testing.cast import crowd
from scoreboard_project.testing.faults.invariants import keeping_invariants
from scoreboard_project.testing.faults.writers import writing
from scoreboard_project.testing.pytest_plugin import VALKEY
from scoreboard_project.testing.servers.one_port import running_one_port
from scoreboard_project.testing.servers.own_postgres import OwnPostgres, manage, readiness
from scoreboard_project.testing.servers.throwaway import throwaway_services
from scoreboard_project.testing.waiting import wait_for

SIZE = "160m"
FULL_SECONDS = 8.0
# After a crash for want of disk space it recovers first.
COMES_BACK_WITHIN_SECONDS = 10.0
SYNCHRONOUS = "ALTER DATABASE scoreboard SET synchronous_commit = on"

pytestmark = pytest.mark.thorough


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 160 MB in memory."""
    place = Path("/mnt") / f"scoreboard-{os.getpid()}"
    place.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mount.returncode:
        place.rmdir()
        pytest.skip("this account may not mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)
    place.rmdir()


def test_what_was_answered_is_kept_and_the_rest_is_503(
    small_disk: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    request.config.stash[VALKEY].flush()
    with throwaway_services() as services:
        server = services.postgres
        server.start()
        server.stop()
        cluster = server.data_dir / "postgres"
        real = cluster.resolve()
        shutil.move(real, small_disk / "postgres")
        if cluster.is_symlink():
            cluster.unlink()
        cluster.symlink_to(small_disk / "postgres")
        small_disk.chmod(0o755)
        server.start()
        postgres = OwnPostgres(server)
        assert manage("migrate", "--verbosity=0", **postgres.environment).returncode == 0
        postgres.execute(SYNCHRONOUS)
        with (
            running_one_port(tmp_path / "log", **postgres.environment) as api,
            keeping_invariants(postgres, api) as invariants,
        ):
            with writing(api.address, crowd(16)) as writers:
                filler = small_disk / "filler"
                wait_for(lambda: _fill(filler, small_disk) and writers.seen.errors["DATABASE_UNAVAILABLE"])
                time.sleep(FULL_SECONDS)
                status, _ = readiness(api)
                filler.unlink()
                if not wait_until(lambda: server._answers(cluster.resolve()), 5):
                    server.stop()
                    server.start()
                back_after = writers.first_success_after(time.monotonic())
            assert writers.seen.errors["DATABASE_UNAVAILABLE"]
            assert back_after < COMES_BACK_WITHIN_SECONDS
            invariants.check(writers.seen)
        server.stop()
        assert status in (200, 503)


def _fill(filler: Path, disk: Path) -> bool:
    """Take all the room that is left."""
    with filler.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            return True
