"""A real server process with its own PostgreSQL and Valkey. Nothing is left of them afterwards."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import jwt
from scoreboard_project.embedded.key_files import key_files
from scoreboard_project.testing.servers.throwaway import ThrowawayServices, throwaway_services

PROJECT = Path(__file__).resolve().parents[3]
STOP_SECONDS = 20
ADMIN, PASSWORD = "admin", "a-long-password-7391"
OURS = ("DATABASE_", "REDIS_", "JWT_", "DJANGO_", "SCOREBOARD_", "LIVE_", "PYTEST_")
SETTINGS = {
    "SCOREBOARD_ENVIRONMENT": "development",
    "LOG_LEVEL": "error",
    "SCORE_UPDATES_PER_MINUTE": "20",
    "TOKEN_REQUESTS_PER_MINUTE": "1000",
    "JWT_ACCESS_SECONDS": "2",
    "LIVE_SOCKETS_PER_USER": "2",
    "LIVE_RECONNECT_SPREAD_MS": "50",
    "LIVE_GOODBYE_SECONDS": "0.2",
}


@dataclass(frozen=True)
class Installation:
    """Everything that a server needs. Each call of `serve` starts the server again."""

    directory: Path
    environ: dict[str, str]

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Run the server and yield its address."""
        command = [sys.executable, "-P", "-m", "scoreboard_project.launcher", "server"]
        command += ["--port", str(port), "--no-demo-data"]
        with subprocess.Popen(command, env=self.environ, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield _address_in(process.stdout.readline())
            finally:
                process.terminate()
                process.wait(STOP_SECONDS)

    def manage(self, *arguments: str, **environ: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, check=True, env={**self.environ, **environ}, cwd=PROJECT, capture_output=True)

    def token(self, user_id: str, *scopes: str, seconds: float = 600) -> str:
        """A token as a game's own issuer would sign it."""
        now = time.time()
        claims = {
            "user_id": user_id,
            "username": user_id[:100],
            "scope": " ".join(scopes),
            "iss": "scoreboard",
            "aud": "scoreboard",
            "iat": int(now),
            "exp": now + seconds,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, (self.directory / "jwt-private-key.pem").read_bytes(), algorithm="RS256")


@dataclass(frozen=True)
class RunningServer:
    url: str
    installation: Installation

    def player(self, *scopes: str, seconds: float = 600) -> "Player":
        """A new user with a token that has these scopes."""
        user_id = f"player-{uuid.uuid4()}"
        return Player(user_id, self.installation.token(user_id, *scopes, seconds=seconds))


@dataclass(frozen=True)
class Player:
    user_id: str
    token: str = field(repr=False)


@contextmanager
def running_server() -> Iterator[RunningServer]:
    """A server for the duration of the block, with an administrator who can log in."""
    with throwaway_services() as services:
        installation = _installation(services)
        with installation.serve() as url:
            installation.manage(
                "createsuperuser",
                "--noinput",
                "--username",
                ADMIN,
                "--email=a@example.com",
                DJANGO_SUPERUSER_PASSWORD=PASSWORD,
            )
            yield RunningServer(url, installation)


def _installation(services: ThrowawayServices) -> Installation:
    services.valkey.start()
    services.postgres.start()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environ = {
        **kept,
        **SETTINGS,
        **key_files(services.directory, environ={}),
        "DATABASE_URL": services.postgres.url,
        "REDIS_URL": services.valkey.url,
        "SCOREBOARD_DATA_DIR": str(services.directory / "launcher"),
        "PYTHONPATH": str(PROJECT),
    }
    return Installation(services.directory, environ)


def _address_in(line: str) -> str:
    assert line.startswith("Scoreboard is at "), f"the server did not start: {line!r}"
    return line.rsplit(maxsplit=1)[-1]
