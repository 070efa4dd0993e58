"""A PgBouncer in transaction mode, everything else as it comes, before a PostgreSQL."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoreboard_project.embedded.postgres import DATABASE, ROLE, Postgres
from scoreboard_project.testing.servers.api_server import free_port
from scoreboard_project.testing.tools import program
from scoreboard_project.testing.waiting import wait_for


@contextmanager
def running_pgbouncer(server: Postgres) -> Iterator[str]:
    """Its DATABASE_URL until the block ends. PgBouncer refuses to run as root: it runs as PostgreSQL does."""
    port = free_port()
    directory = server.sockets / "pgbouncer"
    directory.mkdir(mode=0o755, exist_ok=True)
    (directory / "users.txt").write_text(f'"{ROLE}" ""\n')
    (directory / "pgbouncer.ini").write_text(_configuration(directory, server, port))
    command = [program("pgbouncer", "/usr/sbin/pgbouncer"), "-q", str(directory / "pgbouncer.ini")]
    process = subprocess.Popen(command, cwd="/", **server.account.popen_options)
    try:
        wait_for(lambda: process.poll() is not None or _listens(port))
        assert process.poll() is None
        yield f"postgresql://{ROLE}@127.0.0.1:{port}/{DATABASE}"
    finally:
        process.kill()
        process.wait()


def _configuration(directory: Path, server: Postgres, port: int) -> str:
    return f"""[databases]
{DATABASE} = host={server.sockets} dbname={DATABASE}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {directory / "users.txt"}
pool_mode = transaction
"""


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
