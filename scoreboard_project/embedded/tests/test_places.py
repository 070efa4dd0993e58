"""Services started by root reach their files, and no mode changes outside the data directory."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from scoreboard_project.embedded import places
from scoreboard_project.embedded.account import Account
from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.embedded.services import running

PROJECT = Path(__file__).resolve().parents[3]
AS_A_USER = """
import codecs, os, sys
from pathlib import Path
import psycopg
from scoreboard_project.embedded.services import running
for encoding in ("ascii", "idna"):
    codecs.lookup(encoding)
user = int(sys.argv[1])
os.setgroups([])
os.setgid(user)
os.setuid(user)
with running(Path(sys.argv[2]), environ={}) as surroundings:
    psycopg.connect(surroundings.variables["DATABASE_URL"]).close()
"""


def modes_above(path: Path) -> dict[Path, int]:
    return {parent: stat.S_IMODE(parent.stat().st_mode) for parent in path.parents if parent.exists()}


@pytest.fixture
def outside(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "OUTSIDE_PLACES", (place / "outside",))
    return place / "outside"


@pytest.mark.usefixtures("unprivileged_user")
@pytest.mark.server
def test_it_goes_elsewhere_when_a_parent_is_closed(place: Path, outside: Path) -> None:
    home = place / "home"
    home.mkdir(mode=0o700)
    data_dir = home / "data"
    before = modes_above(data_dir)
    with running(data_dir, environ={}) as surroundings:
        psycopg.connect(surroundings.variables["DATABASE_URL"]).close()
    assert modes_above(data_dir) == before
    assert (data_dir / "postgres").readlink().is_relative_to(outside)
    with running(data_dir, environ={}):
        assert len(list(outside.iterdir())) == 1, "the second start finds the first one's cluster"


@pytest.mark.usefixtures("unprivileged_user", "outside")
def test_it_does_not_start_empty_when_the_recorded_cluster_is_gone(data_dir: Path, place: Path) -> None:
    data_dir.mkdir(parents=True)
    (data_dir / "postgres").symlink_to(place / "nowhere")
    with pytest.raises(EmbeddedError, match="which is gone"), running(data_dir, environ={}):
        pass


def test_it_copies_programs_that_the_account_cannot_reach(place: Path, outside: Path, unprivileged_user: int) -> None:
    install = place / "closed" / "install"
    (install / "bin").mkdir(parents=True)
    (install / "bin" / "program").write_text("#!/bin/sh\n")
    (install / "bin" / "program").chmod(0o700)
    (place / "closed").chmod(0o700)
    account = Account(unprivileged_user, unprivileged_user)
    program = places.reachable_program(install, "bin/program", account)
    assert program.is_relative_to(outside)
    assert account.can_execute(program)
    assert places.reachable_program(install, "bin/program", account) == program


@pytest.mark.usefixtures("unprivileged_user")
def test_it_does_not_trust_an_outside_place_that_others_can_write(outside: Path) -> None:
    outside.mkdir()
    outside.chmod(0o777)
    with pytest.raises(EmbeddedError, match="can reach neither"):
        places.cluster_parent(Path("/root/nowhere"), Account(65534, 65534))


@pytest.mark.server
def test_it_runs_without_any_rights(place: Path, unprivileged_user: int) -> None:
    home = place / "home"
    home.mkdir()
    os.chown(home, unprivileged_user, unprivileged_user)
    # Python may be installed in root's private home, so it is loaded before the switch to the other user.
    command = [sys.executable, "-c", AS_A_USER, str(unprivileged_user), str(home / "data")]
    subprocess.run(command, check=True, cwd=PROJECT)
    assert (home / "data" / "postgres").stat().st_uid == unprivileged_user
    assert stat.S_IMODE((home / "data").stat().st_mode) == 0o700
