"""Dockerfile and docker-compose.yml pass their own linters, and their commands serve requests."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scoreboard_project.testing.servers import deploy_commands
from scoreboard_project.testing.servers.api_server import database_address, free_port
from scoreboard_project.testing.servers.deploy_commands import ROOT, compose, image_command, image_environment, running
from scoreboard_project.testing.waiting import status_of, wait_for

OURS = ("migrate", "api", "live")


@pytest.fixture
def environment(scoreboard: None) -> dict[str, str]:
    """The environment of the deployment's processes in these tests."""
    return {"DATABASE_URL": database_address(), "RECONCILE_SECONDS": "0", "LOG_LEVEL": "error"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"]
    return found


def _passes(*command: str) -> bool:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return True


def test_hadolint_finds_nothing_wrong_with_the_dockerfile() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_compose_file_keeps_to_the_compose_schema() -> None:
    assert _passes("check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")


def test_only_the_gateway_is_published(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["gateway"]
    assert {name for name, service in services.items() if "stores" in service["networks"]} == {
        *OURS,
        "postgres",
        "redis",
    }
    assert compose()["networks"]["stores"]["internal"] is True


def test_every_service_that_stays_has_a_health_check(services: dict[str, Any]) -> None:
    staying = {name: service for name, service in services.items() if name != "migrate"}
    # The image itself has the health check of the API.
    assert [name for name, service in staying.items() if "healthcheck" not in service] == ["api"]
    assert "HEALTHCHECK" in deploy_commands.DOCKERFILE.read_text()


def test_servers_start_after_the_migration(services: dict[str, Any]) -> None:
    for name in ("api", "live"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_secrets_come_from_files_alone(services: dict[str, Any]) -> None:
    for name in (*OURS, "postgres"):
        for variable, value in services[name]["environment"].items():
            if re.search(r"SECRET|PRIVATE|PASSWORD|DATABASE_URL", variable):
                assert variable.endswith("_FILE")
                assert value.startswith("/run/secrets/")


def test_every_variable_of_the_compose_file_is_a_setting(services: dict[str, Any]) -> None:
    settings = (ROOT / "scoreboard_project" / "settings.py").read_text()
    for variable in services["live"]["environment"]:
        assert f'"{variable.removesuffix("_FILE")}"' in settings


def test_redis_keeps_nothing_on_disk_and_evicts_nothing(services: dict[str, Any]) -> None:
    command = " ".join(services["redis"]["command"])
    assert "--save  --appendonly no" in command
    assert "--maxmemory-policy noeviction" in command


def test_the_image_collects_its_static_files_without_secrets(tmp_path: Path) -> None:
    wanted = re.search(
        r"^RUN (?P<names>.*) /venv/bin/python (?P<rest>manage.py collectstatic.*)$",
        deploy_commands.DOCKERFILE.read_text(),
        re.MULTILINE,
    )
    assert wanted
    variables = dict(pair.split("=") for pair in wanted["names"].split())
    command = [sys.executable, *wanted["rest"].split()]
    static = {"STATIC_ROOT": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run(command, cwd=ROOT, env={**variables, **static}, check=True, capture_output=True)
    assert (tmp_path / "drf_spectacular_sidecar").is_dir()
    assert (tmp_path / "admin").is_dir()


@pytest.mark.server
def test_the_images_command_serves_and_replaces_a_dead_worker(environment: dict[str, str]) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/healthz"
    granian = {**image_environment(), "GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(port), "GRANIAN_WORKERS": "1"}
    with running(image_command(), answers_at=address, environment={**environment, **granian}) as process:
        (worker,) = _children(process.pid)
        os.kill(worker, 9)
        wait_for(lambda: _children(process.pid) not in ([], [worker]))
        wait_for(lambda: status_of(address) == 200)


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    running_ones = [int(child) for child in text.split()]
    return [child for child in running_ones if "granian" in Path(f"/proc/{child}/cmdline").read_text()]
