"""A real nginx: with a file of a test, or the gateway of deploy/nginx with free ports of this machine."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scoreboard_project.testing.servers.api_server import ROOT, STARTS_SECONDS, free_port
from scoreboard_project.testing.tools import program
from scoreboard_project.testing.waiting import status_of, wait_for

DEPLOY = ROOT / "deploy"
HEALTH = "healthz"


def replaced(text: str, replacements: Mapping[str, str]) -> str:
    """The text with each of these, which it must have, replaced."""
    for old, new in replacements.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


class Nginx:
    """An nginx whose file is `conf`, with `path` below its address. It keeps its own files in `directory`."""

    def __init__(self, directory: Path, conf: Path, *, port: int, path: str = "") -> None:
        self.directory = directory
        self.conf = conf
        self.address = f"http://127.0.0.1:{port}{path}"

    @classmethod
    def with_text(cls, directory: Path, text: str, *, path: str = "") -> "Nginx":
        """Its file has this text, but for the port."""
        port = free_port()
        conf = directory / "nginx.conf"
        conf.write_text(replaced(text, {"listen 8080;": f"listen 127.0.0.1:{port};"}))
        return cls(directory, conf, port=port, path=path)

    def check(self) -> subprocess.CompletedProcess[str]:
        """`nginx -t`."""
        return subprocess.run([*self._command(), "-t"], capture_output=True, text=True, check=False)

    def reload(self) -> None:
        """`nginx -s reload`."""
        subprocess.run([*self._command(), "-s", "reload"], check=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """nginx, in the foreground, until the block ends."""
        process = subprocess.Popen(self._command("daemon off;"))
        try:
            healthz = f"{self.address}/{HEALTH}"
            wait_for(lambda: process.poll() is not None or status_of(healthz) == 200, seconds=STARTS_SECONDS)
            assert process.poll() is None
            yield
        finally:
            process.terminate()
            process.wait(timeout=10)

    def _command(self, more: str = "") -> list[str]:
        as_root = "user root;" if os.geteuid() == 0 else ""
        nginx = program("nginx", "/usr/sbin/nginx")
        return [nginx, "-p", str(self.directory), "-c", str(self.conf), "-g", f"{as_root}{more}"]


class Gateway(Nginx):
    """A copy of deploy/nginx, and the secrets of deploy/make-secrets. `changes` replace texts in its files by name.

    `secure` is its address with TLS, `trust` what a client needs to trust it.
    """

    def __init__(
        self,
        directory: Path,
        *,
        api: Sequence[int],
        live: Sequence[int],
        changes: Mapping[str, Mapping[str, str]] | None = None,
        path: str = "",
    ) -> None:
        plain, secure = free_port(), free_port()
        self.folder = directory / "deploy" / "nginx"
        shutil.copytree(DEPLOY / "nginx", self.folder)
        shutil.copy(DEPLOY / "make-secrets", self.folder.parent)
        subprocess.run([self.folder.parent / "make-secrets"], check=True, capture_output=True)
        self.access_log = directory / "access.log"
        listen = {"listen 8080 ": f"listen 127.0.0.1:{plain} ", "listen 8443 ": f"listen 127.0.0.1:{secure} "}
        self.change("nginx.conf", listen)
        self.change("log.conf", {"/dev/stdout": str(self.access_log)})
        self.serve(api=api, live=live)
        for name, replacements in (changes or {}).items():
            self.change(name, replacements)
        super().__init__(directory, self.folder / "nginx.conf", port=plain, path=path)
        self.secure = f"https://127.0.0.1:{secure}{path}"
        self.live = f"wss://127.0.0.1:{secure}{path}/ws/v1/scoreboard/live"
        self.certificate = self.folder.parent / "secrets" / "tls_certificate"
        self.trust = ssl.create_default_context(cafile=str(self.certificate))

    def change(self, name: str, replacements: Mapping[str, str]) -> None:
        """Replace these texts in one of its files."""
        file = self.folder / name
        file.write_text(replaced(file.read_text(), replacements))

    def serve(self, *, api: Sequence[int], live: Sequence[int]) -> None:
        """These ports of this machine stand for the containers."""
        text = (DEPLOY / "nginx" / "upstreams.conf").read_text()
        for name, ports in (("api", api), ("live", live)):
            (line,) = (line for line in text.splitlines() if f"server {name}:8000" in line)
            servers = [line.replace(f"{name}:8000", f"127.0.0.1:{port}") for port in ports]
            text = text.replace(line, "\n".join(servers))
        (self.folder / "upstreams.conf").write_text(text)
