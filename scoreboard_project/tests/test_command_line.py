"""Whatever stops a command is one line on stderr and an exit code: no traceback, and nothing half done."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.db import connection

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.commands import environment, in_shell, manage
from scoreboard_project.testing.servers.api_server import ROOT, database_address
from scoreboard_project.testing.waiting import wait_for
from scores.models import UserScore

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("scoreboard")]

MANY_USERS = """
INSERT INTO users_scores (user_id, username, current_score, last_updated, created_at)
SELECT 'user-' || n, 'Zoë 🎉 ' || n, n, now(), now() FROM generate_series(1, 5000) AS n
"""
NOWHERE = {"DATABASE_URL": "postgresql://127.0.0.1:1/scoreboard", "DATABASE_POOL_TIMEOUT_SECONDS": "0.5"}


@contextmanager
def started(*arguments: str, stdin: int = subprocess.DEVNULL) -> Iterator["subprocess.Popen[str]"]:
    """A command under way, whose streams are pipes."""
    command = [sys.executable, "manage.py", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(LOG_LEVEL="error"), stdin=stdin, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def press_ctrl_c(process: "subprocess.Popen[str]") -> None:
    """Interrupt the command, again if it began to read between Python's check for signals and the system call."""
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=4)
            return


@pytest.fixture
def many_users(scoreboard: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MANY_USERS)


@pytest.mark.usefixtures("many_users")
def test_a_reader_that_has_enough_ends_an_export_quietly() -> None:
    ended = in_shell("manage export_board | head -1")
    assert (ended.code, ended.out.split(",")[0], ended.err) == (141, "rank", "")


def test_a_closed_pipe_ends_an_export_of_a_user_quietly() -> None:
    ANA.act(metadata={"text": "x" * 4000})
    ended = in_shell("manage export_user ana | true")
    assert (ended.code, ended.err) == (141, "")


@pytest.mark.parametrize("redirection", ["</dev/null", "<&-"])
def test_erasing_without_a_terminal_erases_nothing(redirection: str) -> None:
    ANA.act()
    line = in_shell(f"manage erase_user ana {redirection}").only_line
    assert "Nothing was erased, because nobody is there to answer. Add --yes to erase without asking." in line
    assert UserScore.objects.filter(user_id="ana").exists()


def test_ctrl_c_at_the_question_erases_nothing() -> None:
    ANA.act()
    terminal, of_command = pty.openpty()
    with started("erase_user", "ana", stdin=of_command) as process:
        assert process.stderr
        assert process.stderr.read(5) == "Erase"
        press_ctrl_c(process)
        assert process.returncode == 130
        assert process.stderr.read().endswith("Nothing was erased.\n")
    for descriptor in (terminal, of_command):
        os.close(descriptor)
    assert UserScore.objects.filter(user_id="ana").exists()


def test_ctrl_c_stops_an_import_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("userId,score\n" + "".join(f"user-{number},1\n" for number in range(100_000)))
    with started("import_scores", str(path)) as process:
        wait_for(lambda: UserScore.objects.exists() or process.poll() is not None, seconds=30)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, len(err.splitlines())) == (130, 1)
    assert "Run it again" in err


@pytest.mark.usefixtures("many_users")
@pytest.mark.parametrize("redirection", [">/dev/full", "--output /dev/full"])
def test_a_full_disk_is_reported_in_one_line(redirection: str) -> None:
    assert "No space left on device" in in_shell(f"manage export_board {redirection}").only_line


@pytest.mark.usefixtures("many_users")
def test_an_export_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text("the board of yesterday")
    ended = in_shell(f"ulimit -f 8; trap '' XFSZ; manage export_board --output {path}")
    assert "cannot be written: File too large" in ended.only_line
    assert path.read_text() == "the board of yesterday"
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_replaces_a_file_and_keeps_its_mode(tmp_path: Path) -> None:
    path, link = tmp_path / "board.csv", tmp_path / "latest.csv"
    path.write_text("old")
    path.chmod(0o600)
    link.symlink_to(path)
    ANA.act()
    assert manage("export_board", "--output", link).code == 0
    assert "ana,Ana,150" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert link.is_symlink()


@pytest.mark.parametrize("place", ["", "missing/board.csv"])
def test_a_path_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    assert f"{tmp_path / place} cannot be written" in manage("export_board", "--output", tmp_path / place).only_line


def test_an_export_is_utf_8_whatever_the_terminal_uses() -> None:
    ANA.act(username="Zoë 🎉")
    ended = in_shell("manage export_board", PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert (ended.code, "Zoë 🎉" in ended.out) == (0, True)


def test_an_unreadable_import_is_reported_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    assert "No such file" in manage("import_scores", path).only_line
    path.write_text('"userId,score\nana,1\n')
    assert f"{path}: line 1: a quote is opened" in manage("import_scores", path).only_line
    path.unlink()
    path.mkdir()
    assert f"{path} cannot be read: Is a directory" in manage("import_scores", path).only_line
    assert "is not an encoding" in manage("import_scores", "a.csv", "--encoding", "nonsense").err


def test_an_argument_that_is_not_utf_8_is_reported_in_one_line() -> None:
    assert "is not valid utf-8" in in_shell("manage erase_user $'\\xff' --yes").only_line


def test_a_command_works_without_standard_output() -> None:
    ended = in_shell("manage maintain_partitions --dry-run >&-")
    assert (ended.code, ended.err) == (0, "")


@pytest.fixture
def account_without_create(scoreboard: None) -> Iterator[str]:
    """The address of an empty database in which the account may not create tables."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE poor LOGIN")
        cursor.execute("CREATE DATABASE poor")
    found = database_address().replace(connection.settings_dict["NAME"], "poor")
    yield found.replace(f"user={connection.settings_dict['USER']}", "user=poor")
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE poor WITH (FORCE)")
        cursor.execute("DROP ROLE poor")


def test_a_missing_privilege_or_table_is_reported_in_one_line(account_without_create: str) -> None:
    line = manage("migrate", "-v0", DATABASE_URL=account_without_create).only_line
    assert "permission denied for schema public (a permission is missing)" in line
    line = manage("export_board", DATABASE_URL=account_without_create).only_line
    assert 'relation "users_scores" does not exist' in line
    assert "migrate" in line


def test_an_unavailable_database_is_reported_without_a_traceback_unless_it_is_asked_for() -> None:
    ended = manage("export_board", **NOWHERE)
    assert ended.code == 1
    assert "PostgreSQL" in ended.err.splitlines()[-1]
    assert "Traceback" not in ended.err
    assert "Traceback" in manage("export_board", "--traceback", **NOWHERE).err
