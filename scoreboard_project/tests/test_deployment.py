"""`manage.py check --deploy` accepts a complete production environment and finds each mistake in it."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import execute_from_command_line

from scoreboard_project.start import refusing_bad_settings, set_up_server
from scoreboard_project.testing.rsa_keys import private_pem, public_pem, rsa_key

ROOT = Path(__file__).resolve().parents[2]
CHECK = ["check", "--deploy", "--fail-level", "WARNING"]
# Most of a check's time is the import of these; they read no settings, so every check may start with them in place.
PRELOADED = [
    *("asgiref.sync", "cryptography.x509", "django.db.backends.postgresql.base", "django.forms"),
    *(
        "django.test",
        "jsonschema",
        "jwt",
        "msgspec",
        "prometheus_client",
        "psycopg_pool",
        "pytest",
        "redis",
        "requests",
        "yaml",
    ),
]


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """A production environment as in the documentation."""
    key = tmp_path / "jwt.pem"
    key.write_text(private_pem(rsa_key("own")))
    secret = tmp_path / "secret"
    secret.write_text("sj3#kd93-kd02lskw83nd8s7dh3ks9aj2bd7ah3l2k1s8dj3h5f6")
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "scoreboard_project.settings",
        "DJANGO_SECRET_KEY_FILE": str(secret),
        "DJANGO_ALLOWED_HOSTS": "scoreboard.example",
        "DATABASE_URL": "postgresql://scoreboard:secret@db.example/scoreboard",
        "REDIS_URL": "redis://redis.example:6379/0",
        "JWT_PRIVATE_KEY_FILE": str(key),
        "JWT_ISSUER": "https://scoreboard.example",
        "JWT_AUDIENCE": "scoreboard",
        "TRUSTED_PROXIES": "10.0.0.0/8",
    }


def test_a_production_environment_is_clean(production: dict[str, str]) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), *CHECK]
    done = subprocess.run(command, env=production, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    output = done.stdout + done.stderr
    assert (done.returncode, output.startswith("System check identified no issues")) == (0, True), output


@pytest.fixture
def in_process(tmp_path: Path) -> Callable[[Callable[[], None], dict[str, str]], tuple[int | None, str]]:
    """Calls a function with an environment in a process that has read no settings yet; its exit code and output."""
    forkserver = multiprocessing.get_context("forkserver")
    forkserver.set_forkserver_preload(PRELOADED)
    output = tmp_path / "output"

    def called(function: Callable[[], None], environment: dict[str, str]) -> tuple[int | None, str]:
        process = forkserver.Process(target=call, args=(function, environment, output))
        process.start()
        process.join(60)
        return process.exitcode, output.read_text()

    return called


def call(function: Callable[[], None], environment: dict[str, str], output: Path) -> None:
    """Call it, with everything that it prints in a file."""
    with output.open("wb") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    function()


def run_check() -> None:
    """What manage.py does."""
    with refusing_bad_settings():
        execute_from_command_line(["manage.py", *CHECK])


@pytest.mark.parametrize(
    ("changes", "check_id"),
    [
        ({"JWT_PRIVATE_KEY_FILE": ""}, "scoreboard.E001"),
        ({"JWT_PUBLIC_KEY": public_pem(rsa_key("stranger"))}, "scoreboard.E004"),
        ({"JWT_ISSUER": ""}, "scoreboard.E005"),
        ({"JWT_AUDIENCE": ""}, "scoreboard.E006"),
        ({"DJANGO_ALLOWED_HOSTS": ""}, "scoreboard.E009"),
        ({"DJANGO_ALLOWED_HOSTS": "*"}, "scoreboard.E010"),
        ({"DJANGO_SECRET_KEY_FILE": ""}, "scoreboard.E011"),
        ({"DJANGO_DEBUG": "true"}, "scoreboard.E012"),
        ({"DATABASE_CONN_MAX_AGE": "60"}, "scoreboard.E013"),
        ({"SCORE_EVENTS_RETENTION_MONTHS": "1", "SCORE_REQUESTS_RETENTION_DAYS": "90"}, "scoreboard.E017"),
    ],
)
def test_a_misconfiguration_is_found(
    in_process: Callable[[Callable[[], None], dict[str, str]], tuple[int | None, str]],
    production: dict[str, str],
    changes: dict[str, str],
    check_id: str,
) -> None:
    status, output = in_process(run_check, production | changes)

    assert status != 0
    assert check_id in output
    assert "scoreboard:secret" not in output


@pytest.mark.parametrize(
    "changes",
    [
        {"DATABASE_POOL_SIZE": "many"},
        {"SCOREBOARD_ENVIRONMENT": "prod"},
        {"LOG_LEVEL": "loud"},
        {"TRUSTED_PROXIES": "*"},
        {"REDIS_URL": "valkey://:secret@redis.example"},
        {"REDIS_URL": "redis://:sec#ret@redis.example:6379/0"},
        {"DATABASE_URL": "postgresql://scoreboard:1/secret@db.example/scoreboard"},
        {"JWT_JWKS_URL": "notaurl"},
        {"JWT_PRIVATE_KEY_FILE": "", "JWT_PRIVATE_KEY": "secret"},
        {"DJANGO_ALLOWED_HOSTS": "https://scoreboard.example"},
        {"DJANGO_CSRF_TRUSTED_ORIGINS": "scoreboard.example"},
        {"STATIC_ROOT": __file__},
        {"PROMETHEUS_MULTIPROC_DIR": "/no/such/directory"},
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("entry_point", [run_check, set_up_server])
def test_a_bad_value_is_refused_in_one_line_that_names_the_variable(
    in_process: Callable[[Callable[[], None], dict[str, str]], tuple[int | None, str]],
    production: dict[str, str],
    changes: dict[str, str],
    entry_point: Callable[[], None],
) -> None:
    status, output = in_process(entry_point, production | changes)

    assert status == os.EX_CONFIG
    assert output.startswith(f"scoreboard: {list(changes)[-1]} ")
    assert (output.count("\n"), "secret" in output, "ret@" in output) == (1, False, False)


def test_a_server_refuses_debug_in_production(
    in_process: Callable[[Callable[[], None], dict[str, str]], tuple[int | None, str]], production: dict[str, str]
) -> None:
    status, output = in_process(set_up_server, production | {"DJANGO_DEBUG": "true"})

    assert status == os.EX_CONFIG
    assert output.startswith("scoreboard: DJANGO_DEBUG is on in production")
    assert output.count("\n") == 1


def set_up_without_metrics_directory() -> None:
    set_up_server()
    # prometheus_client only looks whether the variable exists.
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


def test_an_empty_variable_is_as_good_as_none(
    in_process: Callable[[Callable[[], None], dict[str, str]], tuple[int | None, str]], production: dict[str, str]
) -> None:
    empty = dict.fromkeys(
        ("PROMETHEUS_MULTIPROC_DIR", "JWT_JWKS_URL", "JWT_PUBLIC_KEY", "STATIC_ROOT", "LOG_LEVEL"), ""
    )

    assert in_process(set_up_without_metrics_directory, production | empty) == (0, "")


def test_a_server_logs_a_warning_and_starts(
    in_process: Callable[[Callable[[], None], dict[str, str]], tuple[int | None, str]], production: dict[str, str]
) -> None:
    status, output = in_process(set_up_server, production | {"TRUSTED_PROXIES": "0.0.0.0/0"})

    assert (status, output.count("TRUSTED_PROXIES trusts every address")) == (0, 1)


@pytest.mark.server
@pytest.mark.parametrize(
    "command",
    ["manage.py check", "-m uvicorn scoreboard_project.asgi:application --port 0"],
)
def test_every_command_refuses_without_a_traceback(production: dict[str, str], command: str) -> None:
    environment = production | {"REDIS_URL": "valkey://redis.example", "DJANGO_SETTINGS_MODULE": "another.project"}
    done = subprocess.run(
        [sys.executable, *command.split()], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = (done.stdout + done.stderr).splitlines()

    assert done.returncode != 0
    assert len(lines) == 1
    assert lines[0].startswith("scoreboard: REDIS_URL must start with redis://")
