"""PostgreSQL's clock, from which every event has its time, steps back and far ahead while players play."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from scoreboard_project.embedded.daemon import Daemon
from scoreboard_project.testing.cast import crowd
from scoreboard_project.testing.faults.invariants import keeping_invariants
from scoreboard_project.testing.faults.writers import writing
from scoreboard_project.testing.pytest_plugin import VALKEY
from scoreboard_project.testing.servers.one_port import running_one_port
from scoreboard_project.testing.servers.own_postgres import OwnPostgres, running_own_postgres
from scoreboard_project.testing.tools import missing

LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
)
STEPS = {
    "an hour back": "-1h",
    "25 hours ahead": "+25h",
    "over the ends of a month and a year": "+35d",
    "a leap day": "+820d",
}
_numbers = count(1)

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that says by how much PostgreSQL's clock is off."""
    found = tmp_path_factory.mktemp("clock") / "offset"
    for directory in (found.parent, *found.parent.parents):
        if directory.name.startswith("pytest-"):
            directory.chmod(0o755)
    found.parent.chmod(0o755)
    found.write_text("+0\n")
    return found


@pytest.fixture(scope="module")
def postgres(clock: Path) -> Iterator[OwnPostgres]:
    library = next((each for each in LIBRARIES if Path(each).exists()), None)
    if library is None:
        missing("libfaketime is not installed")
    usual = Daemon.__dict__["environment"].fget
    faked = {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Daemon, "environment", property(lambda self: {**usual(self), **faked}))
        with running_own_postgres() as found:
            yield found


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_the_clock_changes_no_order_and_no_score(
    postgres: OwnPostgres, clock: Path, request: pytest.FixtureRequest, tmp_path: Path, step: str
) -> None:
    request.config.stash[VALKEY].flush()
    name = f"step{next(_numbers)}"
    with (
        running_one_port(tmp_path / "log", **postgres.environment) as server,
        keeping_invariants(postgres, server) as invariants,
    ):
        with writing(server.address, crowd(16), name=name) as writers:
            time.sleep(2)
            clock.write_text(f"{STEPS[step]}\n")
            offset = postgres.rows("SELECT abs(extract(epoch FROM clock_timestamp())::bigint - %s)", int(time.time()))
            time.sleep(3)
            clock.write_text("+0\n")
            time.sleep(2)
        assert offset[0][0] > 3000
        assert not writers.seen.errors
        invariants.check(writers.seen)
