"""A backup is made and restored as docs/backup.md says, while Redis still has the ranks of what was lost."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import pytest

from scoreboard_project.embedded import wheels
from scoreboard_project.embedded.postgres import Postgres
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.testing.cast import crowd
from scoreboard_project.testing.faults.invariants import keeping_invariants
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.pytest_plugin import VALKEY
from scoreboard_project.testing.servers.api_server import ROOT
from scoreboard_project.testing.servers.one_port import running_one_port
from scoreboard_project.testing.servers.own_postgres import OwnPostgres, manage
from scoreboard_project.testing.servers.throwaway import throwaway_services
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tests.test_doc_commands import FENCE

PAGE = (ROOT / "docs" / "backup.md").read_text(encoding="utf-8")
EMPTY = "CREATE DATABASE restored ENCODING 'UTF8' TEMPLATE template0"
LAST_ARCHIVED = "SELECT last_archived_wal FROM pg_stat_archiver"
PLAYERS = crowd(120)

pytestmark = pytest.mark.thorough


def block(beginning: str) -> str:
    """The block of the page whose text begins so."""
    texts: list[str] = [text for _, text in FENCE.findall(PAGE) if text.startswith(beginning)]
    return texts[0]


def run(beginning: str, directory: Path, **variables: str) -> None:
    """Run a block of commands in the directory, with PostgreSQL's programs and our manage.py."""
    programs = f"{wheels.postgres_install() / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    (directory / "manage.py").unlink(missing_ok=True)
    (directory / "manage.py").symlink_to(ROOT / "manage.py")
    environment = {**os.environ, **variables, "PATH": programs, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-ec", block(beginning)], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    # The doctor exits with 1 for a warning: no worker runs here.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "WRONG" not in done.stdout


@dataclass
class Season:
    """What is played on a server, and which ids its actions got."""

    address: str
    actions: dict[str, str] = field(default_factory=dict)

    def play(self, name: str) -> None:
        with Game(self.address) as game:
            for player in PLAYERS:
                key = f"{name}-{player.user_id}"
                self.actions[key] = game.update(player, idempotency_key=key).data["actionId"]
            game.board(100)


@pytest.fixture
def valkey(request: pytest.FixtureRequest) -> Iterator[Valkey]:
    """This worker's, which survives the restore."""
    found = request.config.stash[VALKEY]
    yield found
    found.flush()


@pytest.fixture
def original(valkey: Valkey) -> Iterator[OwnPostgres]:
    """A PostgreSQL that archives, once told where."""
    with throwaway_services() as services:
        services.postgres.start()
        found = OwnPostgres(services.postgres)
        assert manage("migrate", "--verbosity=0", **found.environment).returncode == 0
        yield found


@contextmanager
def serving(postgres: OwnPostgres, directory: Path) -> Iterator[Season]:
    log = directory / f"log-{len(list(directory.iterdir()))}"
    with running_one_port(log, **postgres.environment) as server:
        season = Season(server.address)
        yield season


def check_restored(restored: OwnPostgres, kept: Season, lost: Season, directory: Path) -> None:
    """Start a server on it: what the backup has is there, and what was lost can be sent again."""
    with running_one_port(directory / "log-restored", **restored.environment) as server:
        again = Season(server.address)
        with keeping_invariants(restored, server) as invariants:
            invariants.check()
            again.play("kept")
            assert again.actions == kept.actions
            again.actions.clear()
            again.play("lost")
            assert not set(again.actions.values()) & {*kept.actions.values(), *lost.actions.values()}
            invariants.check()
    examined = manage("doctor", "--json", "--fix", **restored.environment)
    assert examined.returncode in (0, 1), examined.stdout


def test_a_dump_can_be_restored_into_an_empty_database(original: OwnPostgres, tmp_path: Path) -> None:
    with serving(original, tmp_path) as kept:
        kept.play("kept")
        run("pg_dump", tmp_path, DATABASE_URL=original.url)
        lost = Season(kept.address)
        lost.play("lost")
    original.execute(EMPTY)
    restored = OwnPostgres(original.server)
    restored.url = re.sub("@/scoreboard", "@/restored", original.url)
    run("pg_restore", tmp_path, **{**restored.environment, "RESTORED_URL": restored.url})
    check_restored(restored, kept, lost, tmp_path)


def test_it_can_be_put_back_to_any_moment(original: OwnPostgres, tmp_path: Path) -> None:
    server = original.server
    place = server.data_dir / "backups"
    archive, base = place / "archive", place / "base"
    for each in (place, archive):
        each.mkdir(mode=0o755)
        original.account.own(each)
    for line in block("wal_level").splitlines():
        name, _, value = line.partition(" = ")
        text = Template(value.strip("'")).safe_substitute(ARCHIVE=archive)
        original.execute(f"ALTER SYSTEM SET {name} = '{text}'")
    server.stop()
    server.start()
    run("pg_basebackup", tmp_path, DATABASE_URL=original.url, BASE_BACKUP=str(base))
    with serving(original, tmp_path) as kept:
        kept.play("kept")
        moment = original.rows("SELECT clock_timestamp()::text")[0][0]
        lost = Season(kept.address)
        lost.play("lost")
    last = original.rows("SELECT pg_walfile_name(pg_switch_wal())")[0][0]
    wait_for((archive / last).exists)
    server.stop()
    restored = OwnPostgres(_restore(server, base, archive, moment))
    wait_for(lambda: restored.rows("SELECT pg_is_in_recovery()") == [(False,)])
    check_restored(restored, kept, lost, tmp_path)
    restored.server.stop()


def _restore(stopped: Postgres, base: Path, archive: Path, moment: str) -> Postgres:
    """The server again, whose cluster is the base backup."""
    cluster = (stopped.data_dir / "postgres").resolve()
    shutil.rmtree(cluster)
    base.rename(cluster)
    settings = Template(block("restore_command")).safe_substitute(ARCHIVE=archive, MOMENT=moment)
    with (cluster / "postgresql.auto.conf").open("a") as file:
        file.write(settings)
    (cluster / "recovery.signal").touch()
    for path in (cluster, *cluster.rglob("*")):
        stopped.account.own(path)
    stopped.start()
    return stopped
