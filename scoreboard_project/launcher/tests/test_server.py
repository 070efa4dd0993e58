"""`script/server` from the outside: it prints one line with its address, uses one port, and ends cleanly."""

import signal
import socket
import urllib.request

import pytest

from scoreboard_project.embedded.daemon import wait_until
from scoreboard_project.testing.servers.dummy_project import (
    START_SECONDS,
    DummyProject,
    address_of,
    end,
    is_running,
    kill_service,
)

pytestmark = pytest.mark.server


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.usefixtures("made_cluster")
def test_it_serves_until_a_signal_and_leaves_nothing(project: DummyProject, number: signal.Signals) -> None:
    server = project.start("server", PORT="0")
    with urllib.request.urlopen(address_of(server)) as answer:
        assert answer.read() == b"ok"
    assert is_running(project.data_dir, "postgres")
    code, stderr = end(server, number)
    assert (code, "Traceback" in stderr) == (0, False)
    assert not (project.data_dir / "sockets").is_symlink()


@pytest.mark.usefixtures("made_cluster")
def test_it_names_the_path_below_which_it_answers(project: DummyProject) -> None:
    server = project.start("server", PORT="0", SCOREBOARD_BASE_PATH="/sb")
    assert address_of(server).endswith("/sb/")
    end(server, signal.SIGTERM)


def test_it_refuses_a_taken_port_before_anything_else(project: DummyProject) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = project.run("server", PORT=port)
    assert result.returncode == 1
    assert result.stderr == (
        f"scoreboard: Cannot listen on 127.0.0.1 port {port}: Address already in use. Choose another port with PORT.\n"
    )
    assert not project.data_dir.exists()


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "http"), ("PORT", "65536"), ("PORT", "-1"), ("SCOREBOARD_DEMO_DATA", "maybe")]
)
@pytest.mark.usefixtures("made_cluster")
def test_it_refuses_junk_by_the_name_of_the_variable(project: DummyProject, name: str, value: str) -> None:
    result = project.run("server", **{"PORT": "0", name: value})
    assert result.returncode == 1
    assert f"{name} must be" in result.stderr


def test_it_migrates_every_time_and_fills_in_demo_data_once(project: DummyProject) -> None:
    for _ in range(2):
        server = project.start("server", PORT="0")
        address_of(server)
        end(server)
    assert [call for call in project.manage_calls() if call != "work"] == ["migrate", "seed_demo", "migrate"]


@pytest.mark.usefixtures("made_cluster")
def test_it_starts_a_worker(project: DummyProject) -> None:
    server = project.start("server", "--no-demo-data", PORT="0")
    address_of(server)
    assert wait_until(lambda: "work" in project.manage_calls(), START_SECONDS)
    assert end(server)[0] == 0


@pytest.mark.usefixtures("made_cluster")
def test_a_database_without_demo_data_gets_none_later(project: DummyProject) -> None:
    for arguments in (["--no-demo-data"], []):
        server = project.start("server", *arguments, PORT="0")
        address_of(server)
        end(server)
    assert "seed_demo" not in project.manage_calls()


@pytest.mark.usefixtures("made_cluster")
def test_demo_players_play_at_its_own_address_and_end_with_it(project: DummyProject) -> None:
    server = project.start("server", "--demo", PORT="0")
    address = address_of(server)
    assert wait_until(lambda: "simulate" in project.manage_calls(), START_SECONDS)
    assert f"simulate,--url,{address}," in (project.directory / "manage.log").read_text()
    assert end(server)[0] == 0


@pytest.mark.usefixtures("made_cluster")
def test_two_servers_run_at_once(project: DummyProject) -> None:
    second = DummyProject(project.directory.with_name("second"), project.data_dir.with_name("second data"))
    servers = [installation.start("server", PORT="0") for installation in (project, second)]
    assert len({address_of(server) for server in servers}) == 2
    assert end(servers[0])[0] == 0
    assert is_running(second.data_dir, "postgres")
    assert end(servers[1])[0] == 0


@pytest.mark.usefixtures("made_cluster")
def test_a_killed_server_frees_its_port_and_the_next_one_recovers(project: DummyProject) -> None:
    killed = project.start("server", PORT="0")
    port = address_of(killed).rstrip("/").rpartition(":")[2]
    killed.kill()
    killed.communicate()

    def is_free() -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", int(port))) != 0

    assert wait_until(is_free, START_SECONDS)
    server = project.start("server", PORT=port)
    assert address_of(server).endswith(f":{port}/")
    assert end(server)[0] == 0


@pytest.mark.parametrize("service", ["valkey", "postgres"])
@pytest.mark.usefixtures("made_cluster")
def test_a_killed_service_is_started_again_under_the_running_server(project: DummyProject, service: str) -> None:
    server = project.start("server", "--no-demo-data", PORT="0")
    address_of(server)
    kill_service(project.data_dir, service)
    assert server.stderr
    assert "had died and was restarted" in server.stderr.readline()
    assert is_running(project.data_dir, service)
    assert end(server)[0] == 0


@pytest.mark.parametrize("file", ["manage.py", "scoreboard_project/asgi.py"])
@pytest.mark.usefixtures("made_cluster")
def test_a_refused_setting_is_the_only_line(project: DummyProject, file: str) -> None:
    (project.directory / file).write_text(
        "import sys\nprint('scoreboard: REDIS_URL must …', file=sys.stderr)\nsys.exit(78)"
    )
    result = project.run("server", "--no-demo-data", PORT="0")
    assert (result.returncode, result.stdout, result.stderr) == (78, "", "scoreboard: REDIS_URL must …\n")


@pytest.mark.usefixtures("made_cluster")
def test_a_development_server_on_every_address_allows_its_own_names(project: DummyProject) -> None:
    (project.directory / "manage.py").write_text("import os\nprint(os.environ['DJANGO_ALLOWED_HOSTS'])")
    server = project.start("server", "--no-demo-data", PORT="0", HOST="0.0.0.0")
    assert server.stdout
    assert f"{socket.gethostname().lower()}.local" in server.stdout.readline().strip().split(",")
    assert address_of(server)
    assert end(server)[0] == 0


@pytest.mark.usefixtures("made_cluster")
def test_it_says_so_when_the_application_does_not_start(project: DummyProject) -> None:
    (project.directory / "scoreboard_project" / "asgi.py").write_text("raise SystemExit('no application')\n")
    result = project.run("server", PORT="0")
    assert result.returncode == 1
    assert "no application" in result.stderr
    assert not (project.data_dir / "sockets").is_symlink()
