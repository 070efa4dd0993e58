"""`manage.py check --deploy` accepts a complete production environment and finds each mistake in it."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import execute_from_command_line

from scoreboard_project.testing.rsa_keys import private_pem, public_pem, rsa_key

ROOT = Path(__file__).resolve().parents[2]
CHECK = ["check", "--deploy", "--fail-level", "WARNING"]
# Most of a check's time is the import of these; they read no settings, so every check may start with them in place.
PRELOADED = [
    *("asgiref.sync", "cryptography.x509", "daphne.server", "django.db.backends.postgresql.base", "django.forms"),
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
def check(tmp_path: Path) -> Callable[[dict[str, str]], tuple[int | None, str]]:
    """Checks an environment in a process that has read no settings yet; its exit code and output."""
    forkserver = multiprocessing.get_context("forkserver")
    forkserver.set_forkserver_preload(PRELOADED)
    output = tmp_path / "output"

    def checked(environment: dict[str, str]) -> tuple[int | None, str]:
        process = forkserver.Process(target=run_check, args=(environment, output))
        process.start()
        process.join(60)
        return process.exitcode, output.read_text()

    return checked


def run_check(environment: dict[str, str], output: Path) -> None:
    """What manage.py does, with everything that it prints in a file."""
    with output.open("wb") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    os.environ.clear()
    os.environ.update(environment)
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
        ({"TRUSTED_PROXIES": "gateway"}, "scoreboard.E014"),
        ({"REDIS_URL": "http://redis.example"}, "scoreboard.E016"),
        ({"SCORE_EVENTS_RETENTION_MONTHS": "1", "SCORE_REQUESTS_RETENTION_DAYS": "90"}, "scoreboard.E017"),
        ({"DATABASE_POOL_SIZE": "many"}, "DATABASE_POOL_SIZE must be a whole number"),
        ({"SCOREBOARD_ENVIRONMENT": "prod"}, "SCOREBOARD_ENVIRONMENT must be one of"),
    ],
)
def test_a_misconfiguration_is_found(
    check: Callable[[dict[str, str]], tuple[int | None, str]],
    production: dict[str, str],
    changes: dict[str, str],
    check_id: str,
) -> None:
    status, output = check(production | changes)

    assert status != 0
    assert check_id in output
    assert "scoreboard:secret" not in output
