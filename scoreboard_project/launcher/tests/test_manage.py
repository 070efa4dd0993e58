"""`script/manage` runs manage.py together with the services it needs."""

import pytest

from scoreboard_project.testing.servers.dummy_project import DummyProject, address_of, end, is_running

pytestmark = pytest.mark.server


@pytest.mark.usefixtures("made_cluster")
def test_it_passes_input_output_and_exit_code_through(project: DummyProject) -> None:
    result = project.run("manage", "ask", "5", stdin="forty-two\n")
    assert (result.stdout, result.returncode) == ("answer: forty-two\n", 5)
    assert not (project.data_dir / "sockets").is_symlink()


@pytest.mark.usefixtures("made_cluster")
def test_it_attaches_to_a_running_server(project: DummyProject) -> None:
    server = project.start("server", PORT="0")
    address_of(server)
    result = project.run("manage", "print-environment")
    assert "REDIS_URL=unix://" in result.stdout
    assert is_running(project.data_dir, "postgres")
    assert end(server)[0] == 0


@pytest.mark.usefixtures("made_cluster")
def test_it_finds_the_server_with_another_data_directory(project: DummyProject) -> None:
    server = project.start("server", "--no-demo-data", PORT="0")
    address_of(server)
    result = project.run("manage", "print-environment", SCOREBOARD_DATA_DIR="")
    assert result.stderr == f"scoreboard: Using {project.data_dir}, the data directory of the running script/server.\n"
    assert str((project.data_dir / "sockets").readlink()) in result.stdout
    assert not (project.directory / ".data").exists()
    assert end(server)[0] == 0


@pytest.mark.usefixtures("made_cluster")
def test_a_signal_reaches_the_command(project: DummyProject) -> None:
    launcher = project.start("manage", "wait-for-signal")
    assert launcher.stdout
    launcher.stdout.readline()
    code, stderr = end(launcher)
    assert (code, stderr) == (128 + 15, "")
    assert not (project.data_dir / "sockets").is_symlink()


@pytest.mark.usefixtures("made_cluster")
def test_any_command_can_run(project: DummyProject) -> None:
    result = project.run("run", "--", "sh", "-c", 'echo "$SCOREBOARD_ENVIRONMENT"; exit 3')
    assert (result.stdout, result.returncode) == ("development\n", 3)


def test_an_unknown_command_explains_itself(project: DummyProject) -> None:
    result = project.run("serve")
    assert result.returncode == 2
    assert "manage ARGUMENTS" in result.stdout
