"""`deploy/blue-green`: puts a new version beside the one that serves, and switches the gateway once it is ready.

  deploy    migrate, start the colour that does not serve with the code of this folder, wait until each of its processes
            is ready, and send clients to it. The other goes on running.
  back      send clients to the other colour again
  finish    end the colour that does not serve: its live sockets are told to come back, and reach the other one
  stop      end the gateway and both colours
  status    which colours run, and which one serves

It needs the environment of a process (docs/settings.md). A version is a folder: to deploy the next one, call this
command there, with the same --directory.
"""

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from scoreboard_project.launcher.blue_green.colour import NAMES, PROJECT, Colour, colours
from scoreboard_project.launcher.blue_green.gateway import Gateway

READY_SECONDS = 60.0
END_SECONDS = 40.0
POLL_SECONDS = 0.1


class DeploymentError(Exception):
    """Says why the deployment is as it was before."""


class Deployment:
    """Two colours and a gateway, which keep their files in one directory."""

    def __init__(self, directory: Path, both: dict[str, Colour], gateway: Gateway) -> None:
        self._directory = directory
        self._both = both
        self._gateway = gateway

    def deploy(self) -> None:
        colour = self._idle()
        _manage("migrate", "--noinput")
        _manage("collectstatic", "--noinput", "--verbosity=0")
        self._end(colour)
        _check_free(colour)
        self._start(colour)
        try:
            _wait_until_ready(colour)
        except DeploymentError:
            self._end(colour)
            raise
        self._switch(colour)

    def back(self) -> None:
        colour = self._idle()
        if not self._process_of(colour):
            raise DeploymentError(f"{colour.name} is not running")
        _wait_until_ready(colour)
        self._switch(colour)

    def finish(self) -> None:
        self._end(self._idle())

    def stop(self) -> None:
        self._gateway.stop()
        for colour in self._both.values():
            self._end(colour)
        self._serving_file.unlink(missing_ok=True)

    def status(self) -> None:
        serving = self._serving()
        for colour in self._both.values():
            state = "serves" if colour.name == serving else "runs" if self._process_of(colour) else "is stopped"
            print(f"{colour.name} {state}: API {_text(colour.api)}, live {_text(colour.live)}")

    @property
    def _serving_file(self) -> Path:
        return self._directory / "serving"

    def _serving(self) -> str:
        with suppress(FileNotFoundError):
            return self._serving_file.read_text(encoding="ascii").strip()
        return ""

    def _idle(self) -> Colour:
        serving = self._both.get(self._serving())
        return self._both[serving.other if serving else NAMES[0]]

    def _switch(self, colour: Colour) -> None:
        self._gateway.serve(colour)
        self._serving_file.write_text(f"{colour.name}\n", encoding="ascii")
        print(f"{colour.name} serves")

    def _start(self, colour: Colour) -> None:
        command = [sys.executable, "-P", "-m", "scoreboard_project.launcher.blue_green.colour", *map(str, colour.ports)]
        with (self._directory / f"{colour.name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._pid_file(colour).write_text(f"{process.pid}\n", encoding="ascii")

    def _pid_file(self, colour: Colour) -> Path:
        return self._directory / f"{colour.name}.pid"

    def _process_of(self, colour: Colour) -> int:
        """The process that keeps this colour running; 0 if there is none."""
        with suppress(OSError, ValueError):
            pid = int(self._pid_file(colour).read_text(encoding="ascii"))
            if b"blue_green.colour" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        return 0

    def _end(self, colour: Colour) -> None:
        pid = self._process_of(colour)
        if pid:
            os.kill(pid, signal.SIGTERM)
            _wait(lambda: not self._process_of(colour), END_SECONDS, f"{colour.name} does not end")
            print(f"{colour.name} is stopped")
        self._pid_file(colour).unlink(missing_ok=True)


def _manage(*arguments: str) -> None:
    code = subprocess.run([sys.executable, str(PROJECT / "manage.py"), *arguments], cwd=PROJECT, check=False).returncode
    if code:
        raise DeploymentError(f"manage.py {arguments[0]} failed with exit code {code}")


def _check_free(colour: Colour) -> None:
    """Another program on one of these ports would be asked whether we are ready."""
    for port in colour.ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise DeploymentError(f"port {port} is in use: choose others with --first-port")


def _wait_until_ready(colour: Colour) -> None:
    waiting = set(colour.ports)

    def all_are_ready() -> bool:
        waiting.difference_update([port for port in waiting if _is_ready(port)])
        return not waiting

    _wait(all_are_ready, READY_SECONDS, f"{colour.name} does not become ready; its log says why")


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _wait(condition: Callable[[], bool], seconds: float, complaint: str) -> None:
    give_up_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up_at:
            raise DeploymentError(complaint)
        time.sleep(POLL_SECONDS)


def _text(ports: Sequence[int]) -> str:
    return " ".join(map(str, ports))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="deploy/blue-green", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["deploy", "back", "finish", "stop", "status"])
    directory = PROJECT / "deploy" / "run"
    parser.add_argument("--directory", type=Path, default=directory, help="for pids, logs and nginx (deploy/run)")
    parser.add_argument("--api", type=int, default=2, help="API processes of a colour (2)")
    parser.add_argument("--live", type=int, default=2, help="live processes of a colour (2)")
    parser.add_argument("--first-port", type=int, default=8200, help="of blue; green has its ports 50 higher (8200)")
    parser.add_argument("--http-port", type=int, default=8080, help="of the gateway (8080)")
    parser.add_argument("--https-port", type=int, default=8443, help="of the gateway (8443)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Carry out one command. Returns 1 after a failure, which it explains."""
    options = _parse(arguments)
    directory: Path = options.directory.resolve()
    (directory / "gateway").mkdir(parents=True, exist_ok=True)
    gateway = Gateway(directory / "gateway", options.http_port, options.https_port)
    both = colours(api=options.api, live=options.live, first_port=options.first_port)
    deployment = Deployment(directory, both, gateway)
    try:
        getattr(deployment, options.command)()
    except (DeploymentError, OSError, subprocess.CalledProcessError) as error:
        print(f"deploy/blue-green: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
