"""A colour: a set of API and live processes and a worker, on ports of its own, which are restarted if they die.

python -m scoreboard_project.launcher.blue_green.colour PORT ... keeps one process for each port, and a worker, until a
signal ends it.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scoreboard_project.launcher.child import end_on_signals

PROJECT = Path(__file__).resolve().parents[3]
NAMES = ("blue", "green")
APART = 50
LOOK_SECONDS = 0.5
# A live process may take ten seconds for its sockets; the worker ends what it has begun.
END_SECONDS = 30.0


@dataclass(frozen=True)
class Colour:
    """Where its processes listen on this machine."""

    name: str
    api: tuple[int, ...]
    live: tuple[int, ...]

    @property
    def ports(self) -> tuple[int, ...]:
        return (*self.api, *self.live)

    @property
    def other(self) -> str:
        """The other colour's name."""
        return NAMES[1 - NAMES.index(self.name)]


def colours(*, api: int, live: int, first_port: int) -> dict[str, Colour]:
    """Both, each with that many processes."""
    found = {}
    for number, name in enumerate(NAMES):
        first = first_port + number * APART
        ports = range(first, first + api + live)
        found[name] = Colour(name, api=tuple(ports[:api]), live=tuple(ports[api:]))
    return found


def server_command(port: int) -> list[str]:
    """What the image runs, on that port of this machine."""
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    command = json.loads(re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)[-1])
    return [sys.executable, "-m", *command, "--host=127.0.0.1", f"--port={port}"]


def keep_running(commands: Sequence[Sequence[str]]) -> None:
    """Start them all and whatever of them dies, until a signal; then tell all of them to end, and wait."""
    running = [_start(command) for command in commands]
    try:
        while True:
            time.sleep(LOOK_SECONDS)
            for number, process in enumerate(running):
                if process.poll() is not None:
                    print(
                        f"{' '.join(commands[number])} ended with {process.returncode}: starting it again", flush=True
                    )
                    running[number] = _start(commands[number])
    finally:
        for process in running:
            process.terminate()
        for process in _slow(running, time.monotonic() + END_SECONDS):
            process.kill()
            process.wait()


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, cwd=PROJECT, start_new_session=True)


def _slow(processes: Sequence[subprocess.Popen[bytes]], until: float) -> Iterator[subprocess.Popen[bytes]]:
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(until - time.monotonic(), 0.0))
            continue
        yield process


if __name__ == "__main__":
    end_on_signals(exit_code=0)
    worker = [sys.executable, str(PROJECT / "manage.py"), "work"]
    keep_running([*(server_command(int(port)) for port in sys.argv[1:]), worker])
