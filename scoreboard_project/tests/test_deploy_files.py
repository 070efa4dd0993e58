"""Dockerfile and docker-compose.yml pass their own linters, and their commands serve requests."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scoreboard_project.testing.servers.api_server import DOCKERFILE, ROOT, server_command
from scoreboard_project.testing.servers.deploy_commands import compose

OURS = ("migrate", "api", "live", "worker")


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
        *("postgres", "postgres-replica", "redis", "redis-replica", "sentinel"),
    }
    assert compose()["networks"]["stores"]["internal"] is True


def test_every_service_that_stays_has_a_health_check(services: dict[str, Any]) -> None:
    staying = {name: service for name, service in services.items() if name != "migrate"}
    # The image itself has that of our processes.
    assert [name for name, service in staying.items() if "healthcheck" not in service] == ["api", "live"]
    assert "HEALTHCHECK" in DOCKERFILE.read_text()


def test_servers_start_after_the_migration(services: dict[str, Any]) -> None:
    for name in ("api", "live", "worker"):
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
        DOCKERFILE.read_text(),
        re.MULTILINE,
    )
    assert wanted
    variables = dict(pair.split("=") for pair in wanted["names"].split())
    command = [sys.executable, *wanted["rest"].split()]
    static = {"STATIC_ROOT": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run(command, cwd=ROOT, env={**variables, **static}, check=True, capture_output=True)
    assert (tmp_path / "drf_spectacular_sidecar").is_dir()
    assert (tmp_path / "admin").is_dir()


def test_without_containers_the_same_command_is_run() -> None:
    """docs/deploy.md writes it for a shell, with an address of this machine."""
    written = (ROOT / "docs" / "deploy.md").read_text().replace("\\\n", "")
    (line,) = re.findall(r"^\.venv/bin/uvicorn .*$", written, re.MULTILINE)
    _python, _m, *image = server_command(8000)
    assert line.removeprefix(".venv/bin/").replace(" --host=127.0.0.1", "").split() == image


def test_an_idle_connection_outlives_the_gateways() -> None:
    """nginx keeps an idle connection to a process for 60 s. If the process closed it first, a request could be lost."""
    (seconds,) = (int(word.partition("=")[2]) for word in server_command(0) if word.startswith("--timeout-keep-alive="))
    assert seconds > 60
