"""The nginx of a deployment: a copy of deploy/nginx, with the ports of the colour that serves."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scoreboard_project.launcher.blue_green.colour import PROJECT, Colour


@dataclass(frozen=True)
class Gateway:
    """`folder` holds its files; it may be empty. The ports are those of clients."""

    folder: Path
    http_port: int
    https_port: int

    def serve(self, colour: Colour) -> None:
        """Send every new request to this colour. Starts nginx if it is not running."""
        self._write(colour)
        subprocess.run([*self._command(), "-t", "-q"], check=True)
        if self._is_running():
            subprocess.run([*self._command(), "-s", "reload"], check=True)
        else:
            # nginx goes on with these streams: it must not hold those of whoever waits for this command.
            with (self.folder / "nginx.log").open("ab") as log:
                subprocess.run(self._command(), check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self) -> None:
        """Let the requests under way end, then end."""
        if self._is_running():
            subprocess.run([*self._command(), "-s", "quit"], check=True)

    def _write(self, colour: Colour) -> None:
        shutil.copytree(PROJECT / "deploy" / "nginx", self.folder / "nginx", dirs_exist_ok=True)
        secrets = self.folder / "secrets"
        secrets.unlink(missing_ok=True)
        secrets.symlink_to(PROJECT / "deploy" / "secrets")
        self._change("nginx.conf", r"listen 8080\b", f"listen {self.http_port}")
        self._change("nginx.conf", r"listen 8443\b", f"listen {self.https_port}")
        self._change("log.conf", "/dev/stdout", str(self.folder / "access.log"))
        port = "" if self.https_port == 443 else f":{self.https_port}"
        self._change("client.conf", r'default ""; # such as :8443', f'default "{port}";')
        for name, ports in (("api", colour.api), ("live", colour.live)):
            servers = r"\n".join(rf"\g<1>127.0.0.1:{port}\g<2>" for port in ports)
            self._change("upstreams.conf", rf"(?m)^( +server ){name}:8000( .*)$", servers)

    def _change(self, name: str, pattern: str, replacement: str) -> None:
        path = self.folder / "nginx" / name
        text, changes = re.subn(pattern, replacement, path.read_text(encoding="utf-8"))
        if not changes:
            raise ValueError(f"deploy/nginx/{name} has nothing like {pattern}")
        path.write_text(text, encoding="utf-8")

    def _is_running(self) -> bool:
        try:
            os.kill(int((self.folder / "nginx.pid").read_text(encoding="ascii")), 0)
        except (OSError, ValueError):
            return False
        return True

    def _command(self) -> list[str]:
        owner = ["-g", f"user {self.folder.owner()};"] if os.geteuid() == 0 else []
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        return [nginx, "-p", str(self.folder), "-c", str(self.folder / "nginx" / "nginx.conf"), *owner]
