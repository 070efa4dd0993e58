"""The PostgreSQL and the Valkey that everything measured here shares, in a temporary directory."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from scoreboard_project.embedded.services import running

# As docker-compose.yml starts it.
POSTGRES_SETTINGS = {"max_connections": "200", "shared_buffers": "256MB"}


@dataclass(frozen=True)
class Stores:
    """Both servers, as durable as in production, with the keys for tokens. `directory` is for files of the topology."""

    directory: Path
    variables: dict[str, str]

    @property
    def redis_url(self) -> str:
        return self.variables["REDIS_URL"]

    @property
    def private_key(self) -> Path:
        """The PEM file of the key that signs tokens."""
        return Path(self.variables["JWT_PRIVATE_KEY_FILE"])

    def make_database(self, name: str) -> str:
        """A new, empty database. Returns its DATABASE_URL."""
        with psycopg.connect(self.variables["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            sockets = connection.info.host
            role = connection.info.user
        return f"postgresql://{role}@/{name}?host={sockets}"

    def pids(self) -> dict[str, list[int]]:
        """The first process of each server; PostgreSQL's others are its children."""
        names = {"postgresql": "postgres.lock", "valkey": "valkey.lock"}
        return {part: [int((self.directory / name).read_text(encoding="ascii"))] for part, name in names.items()}


@contextmanager
def running_stores() -> Iterator[Stores]:
    """Both servers until the block ends; then every file is removed."""
    directory = Path(tempfile.mkdtemp(prefix="scoreboard-bench-")).resolve()
    directory.chmod(0o711)  # root's PostgreSQL runs as another user, who must pass
    try:
        with running(directory, environ={}, postgres_settings=POSTGRES_SETTINGS) as surroundings:
            yield Stores(directory, surroundings.variables)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
