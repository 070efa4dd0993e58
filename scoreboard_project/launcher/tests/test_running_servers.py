"""A command without SCOREBOARD_DATA_DIR finds the server that runs."""

import fcntl
from pathlib import Path

import pytest

from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.launcher.running_servers import FOLDER, data_directory, recorded


def test_without_a_server_it_is_the_default(tmp_path: Path) -> None:
    assert data_directory(tmp_path, tmp_path / ".data", {}) == tmp_path / ".data"


def test_it_is_the_running_servers_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = tmp_path / "elsewhere"
    with recorded(tmp_path, elsewhere, {}):
        assert data_directory(tmp_path, tmp_path / ".data", {}) == elsewhere
    assert (
        capsys.readouterr().err == f"scoreboard: Using {elsewhere}, the data directory of the running script/server.\n"
    )
    assert data_directory(tmp_path, tmp_path / ".data", {}) == tmp_path / ".data"


def test_the_variable_and_a_server_of_the_default_come_first(tmp_path: Path) -> None:
    with recorded(tmp_path, tmp_path / "elsewhere", {}):
        chosen = {"SCOREBOARD_DATA_DIR": str(tmp_path / "third")}
        assert data_directory(tmp_path, tmp_path / ".data", chosen) == tmp_path / "third"
        assert data_directory(tmp_path, tmp_path / "elsewhere", {}) == tmp_path / "elsewhere"


def test_it_refuses_to_guess_between_two_servers(tmp_path: Path) -> None:
    other = tmp_path / FOLDER / "1.json"
    with recorded(tmp_path, tmp_path / "first", {}):
        other.write_text(f'{{"data_dir": "{tmp_path / "second"}", "given": []}}')
        with other.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with pytest.raises(EmbeddedError, match="Set SCOREBOARD_DATA_DIR to one of"):
                data_directory(tmp_path, tmp_path / ".data", {})


def test_it_ignores_what_a_killed_server_left(tmp_path: Path) -> None:
    left = tmp_path / FOLDER / "1.json"
    left.parent.mkdir()
    left.write_text('{"data_dir": "/gone", "given": []}')
    assert data_directory(tmp_path, tmp_path / ".data", {}) == tmp_path / ".data"
    assert not left.exists()


@pytest.mark.parametrize("chosen", [{}, {"SCOREBOARD_DATA_DIR": "elsewhere"}])
def test_it_refuses_another_database_than_the_servers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    server = {"DATABASE_URL_FILE": "/run/secrets/database_url"}
    with recorded(tmp_path, tmp_path / "elsewhere", server):
        with pytest.raises(EmbeddedError, match="DATABASE_URL in its environment"):
            data_directory(tmp_path, tmp_path / ".data", chosen)
        same = {**chosen, "DATABASE_URL": "postgresql://db.example/scores"}
        assert data_directory(tmp_path, tmp_path / ".data", same).name == "elsewhere"
    assert "secrets" not in "".join(path.read_text() for path in (tmp_path / FOLDER).glob("*"))


def test_a_checkout_that_cannot_be_written_to_has_no_records(tmp_path: Path) -> None:
    (tmp_path / FOLDER).touch()
    with recorded(tmp_path, tmp_path / "elsewhere", {}):
        assert data_directory(tmp_path, tmp_path / ".data", {}) == tmp_path / ".data"
