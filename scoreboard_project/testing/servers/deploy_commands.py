"""The commands of Dockerfile and docker-compose.yml, run as they are written, on free ports of this machine."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import yaml

from scoreboard_project.testing.servers.api_server import ROOT, STARTS_SECONDS, free_port
from scoreboard_project.testing.tools import program
from scoreboard_project.testing.waiting import status_of, wait_for

NGINX_CONF = ROOT / "deploy" / "nginx.conf"
Command = Sequence[str]


def compose() -> dict[str, Any]:
    """docker-compose.yml, with its anchors resolved."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


@contextmanager
def running(command: Command, *, answers_at: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, once it answers; told to stop by SIGTERM, which it must obey within 15 seconds."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        wait_for(lambda: process.poll() is not None or status_of(answers_at) == 200, seconds=STARTS_SECONDS)
        assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
        yield process
    finally:
        process.terminate()
        process.wait(timeout=15)


def replaced(text: str, replacements: Mapping[str, str]) -> str:
    """The text with each of these, which it must have, replaced."""
    for old, new in replacements.items():
        assert old in text
        text = text.replace(old, new)
    return text


class Gateway:
    """An nginx on a free port, with `conf` as its file. `path` is the server's base path there."""

    def __init__(self, directory: Path, conf: str, *, path: str = "") -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}{path}"
        self.api_port = self.live_port = 0
        self.access_log = directory / "access.log"
        self._conf = directory / "nginx.conf"
        self._directory = directory
        temporary = "".join(
            f"{name}_temp_path {directory / name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        replacements = {
            "listen 8080 backlog=4096;": f"listen 127.0.0.1:{port};",
            "include mime.types;": f"types {{ }} {temporary}",
            "/dev/stdout": str(self.access_log),
        }
        self._conf.write_text(replaced(conf, replacements))

    @classmethod
    def deployed(
        cls,
        directory: Path,
        *,
        api_port: int,
        live_port: int,
        load_balancer: str = "192.0.2.10",
        conf: str = "",
        path: str = "",
    ) -> Self:
        """deploy/nginx.conf (or `conf`) with this machine's ports and files in place of the containers'."""
        replacements = {
            "server api:8000;": f"server 127.0.0.1:{api_port};",
            "server live:8000;": f"server 127.0.0.1:{live_port};",
            "# 192.0.2.10 1;": f"{load_balancer} 1;",
        }
        found = cls(directory, replaced(conf or NGINX_CONF.read_text(), replacements), path=path)
        found.api_port, found.live_port = api_port, live_port
        return found

    def check(self) -> subprocess.CompletedProcess[str]:
        """`nginx -t`."""
        return subprocess.run([*self._command(), "-t"], capture_output=True, text=True, check=False)

    @contextmanager
    def running(self) -> Iterator[None]:
        """nginx, in the foreground, until the block ends."""
        process = subprocess.Popen(self._command("daemon off;"))
        try:
            wait_for(
                lambda: process.poll() is not None or status_of(f"{self.address}/healthz") == 200,
                seconds=STARTS_SECONDS,
            )
            assert process.poll() is None
            yield
        finally:
            process.terminate()
            process.wait(timeout=10)

    def _command(self, more: str = "") -> list[str]:
        as_root = "user root;" if os.geteuid() == 0 else ""
        main = f"pid {self._directory / 'nginx.pid'};{as_root}{more}"
        return [program("nginx", "/usr/sbin/nginx"), "-c", str(self._conf), "-g", main]
