"""A project without Django around a copy of the embedded services, and how to start, watch and stop it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from scoreboard_project.embedded.daemon import wait_until

PACKAGE = Path(__file__).resolve().parents[2]
COPIED = ("embedded", "launcher", "testing")
START_SECONDS = 60.0
MANAGE = """
import os, signal, sys
print(*sys.argv[1:], os.environ.get("DATABASE_URL", ""), sep=",", file=open("manage.log", "a"))
if sys.argv[1] == "ask":
    print("answer:", input())
    sys.exit(int(sys.argv[2]))
if sys.argv[1] == "print-environment":
    for name in ("DATABASE_URL", "REDIS_URL", "SCOREBOARD_ENVIRONMENT"):
        print(f"{name}={os.environ.get(name, '')}")
if sys.argv[1] == "wait":
    print("waiting", flush=True)
    sys.stdin.read()
if sys.argv[1] == "wait-for-signal":
    print("waiting", flush=True)
    signal.pause()
"""
ASGI = """
async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        for word in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{word}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
"""
HTTP_PROTOCOL = """
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as HttpProtocol
"""
PROTOCOL = """
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol as LiveWebSocketProtocol
"""


class DummyProject:
    """`directory` holds the project; its commands run there with `data_dir` as their data directory."""

    def __init__(self, directory: Path, data_dir: Path) -> None:
        self.directory = directory
        self.data_dir = data_dir
        package = directory / "scoreboard_project"
        for folder in COPIED:
            shutil.copytree(PACKAGE / folder, package / folder, ignore=shutil.ignore_patterns("tests"))
        (package / "__init__.py").touch()
        (package / "asgi.py").write_text(ASGI, encoding="utf-8")
        (package / "serving").mkdir()
        (package / "serving" / "http_protocol.py").write_text(HTTP_PROTOCOL, encoding="utf-8")
        (directory / "live" / "sockets").mkdir(parents=True)
        (directory / "live" / "sockets" / "protocol.py").write_text(PROTOCOL, encoding="utf-8")
        (directory / "manage.py").write_text(MANAGE, encoding="utf-8")

    @property
    def environ(self) -> dict[str, str]:
        """As a newcomer has it: nothing of ours set, but the data directory."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return {**kept, "PYTHONPATH": str(self.directory), "SCOREBOARD_DATA_DIR": str(self.data_dir)}

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start one command of `python -m scoreboard_project.launcher`."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "scoreboard_project.launcher", *arguments],
            cwd=self.directory,
            env={**self.environ, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        with self.start(*arguments, **variables) as process:
            stdout, stderr = process.communicate(stdin, timeout=START_SECONDS)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def manage_calls(self) -> list[str]:
        """The names of the manage.py commands that were run."""
        log = self.directory / "manage.log"
        return [line.split(",")[0] for line in log.read_text().splitlines()] if log.exists() else []


def address_of(server: subprocess.Popen[str]) -> str:
    """What the server says where it is, once it says so."""
    assert server.stdout
    line: str = server.stdout.readline()
    assert line.startswith("Scoreboard is at http://127.0.0.1:"), line
    return line.removeprefix("Scoreboard is at ").strip()


def end(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
    """Send a signal; the exit code and what was written to standard error."""
    process.send_signal(number)
    _, stderr = process.communicate(timeout=START_SECONDS)
    return process.returncode, stderr


def is_running(data_dir: Path, service: str) -> bool:
    """Whether the service listens: what a user's program would find."""
    name = {"postgres": ".s.PGSQL.5432", "valkey": "valkey.sock"}[service]
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str((data_dir / "sockets").readlink() / name))
        except OSError:
            return False
    return True


def pid_of(data_dir: Path, service: str) -> int:
    """The process of a running service."""
    return int((data_dir / f"{service}.lock").read_text())


def kill_service(data_dir: Path, service: str) -> None:
    """`kill -9` of a running service; returns once nobody listens."""
    os.kill(pid_of(data_dir, service), signal.SIGKILL)
    assert wait_until(lambda: not is_running(data_dir, service), START_SECONDS)


def stop_services(data_dir: Path) -> None:
    """Stop what a test left running."""
    for service in ("postgres", "valkey"):
        if data_dir.exists() and (data_dir / "sockets").is_symlink() and is_running(data_dir, service):
            kill_service(data_dir, service)
    sockets = data_dir / "sockets"
    if sockets.is_symlink():
        shutil.rmtree(sockets.readlink(), ignore_errors=True)


def socket_directory_of(database_url: str) -> Path:
    """The directory that a `DATABASE_URL` names."""
    return Path(unquote(parse_qs(urlsplit(database_url).query)["host"][0]))
