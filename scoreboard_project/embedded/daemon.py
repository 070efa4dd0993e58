"""A background program that outlives the process that started it.

It inherits a locked file, and the lock is held as long as the program or one of its children lives. So a stale process
id never misleads a later start, and a start after `kill -9` waits for the last child to end.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoreboard_project.embedded.account import Account
from scoreboard_project.embedded.failure import EmbeddedError

# A program and its arguments, some of which are paths.
Command = Sequence[str | os.PathLike[str]]

POLL_SECONDS = 0.01
ATTACH_SECONDS = 10.0
STOP_SECONDS = 30.0
LOG_BYTES = 4 * 1024 * 1024
KEPT_VARIABLES = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

# Programs that this process started. They may outlive their Daemon object, and must still be reaped when they end.
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Daemon:
    """One service's process. It inherits `lock`, which contains its process id, and appends its output to `log`."""

    name: str
    account: Account
    lock: Path
    log: Path
    stop_signal: signal.Signals

    def is_alive(self) -> bool:
        """Whether the program or one of its children is running, no matter which process started it."""
        for child in _children:
            child.poll()  # reaps it if it has ended
        try:
            with self.lock.open("rb") as lock_file:
                fcntl.flock(lock_file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def attach(self, answers: Callable[[], bool]) -> bool:
        """Whether the program runs and answers. If it runs but does not answer, it is stopped for a fresh start."""
        if self.is_alive() and wait_until(lambda: answers() or not self.is_alive(), ATTACH_SECONDS) and self.is_alive():
            return True
        self.stop()
        return False

    def start(self, command: Command, answers: Callable[[], bool], *, cwd: Path, timeout: float) -> None:
        """Run `command` in its own session and wait until it answers.

        Raises EmbeddedError, with the end of the log, if it exits or does not answer within `timeout` seconds.
        """
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
        log_start = self.log.stat().st_size if self.log.exists() else 0
        self._spawn(command, cwd)
        wait_until(lambda: answers() or not self.is_alive(), timeout)
        if not (self.is_alive() and answers()):
            self.stop()
            raise EmbeddedError(f"{self.name} did not start. The end of {self.log}:\n{self._log_tail(log_start)}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program if it is running."""
        if self.is_alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return  # only a child is left, and it will end soon

    @property
    def pid(self) -> int:
        """The process id of the program. It is valid only while the program is running."""
        return int(self.lock.read_text(encoding="ascii"))

    def stop(self) -> None:
        """Stop it cleanly, or kill it if that takes too long. Raises EmbeddedError if it still runs after that."""
        self.send(self.stop_signal)
        if wait_until(lambda: not self.is_alive(), STOP_SECONDS):
            return
        self.send(signal.SIGKILL)
        if not wait_until(lambda: not self.is_alive(), STOP_SECONDS):
            raise EmbeddedError(
                f"{self.name} (process {self.pid}) does not stop, not even when killed. Its log is {self.log}."
            )

    @property
    def environment(self) -> dict[str, str]:
        """The part of our environment that the program gets. Variables such as `PGPORT` would change its settings."""
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        return {**kept, "LC_ALL": "C", "TZ": "UTC"}

    def _spawn(self, command: Command, cwd: Path) -> None:
        with self.lock.open("w", encoding="ascii") as lock_file, self.log.open("ab") as log_file:
            fcntl.flock(lock_file, fcntl.LOCK_EX)
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
                cwd=cwd,
                env=self.environment,
                pass_fds=[lock_file.fileno()],
                start_new_session=True,
                **self.account.popen_options,
            )
            lock_file.write(str(process.pid))
        _children.append(process)

    def _log_tail(self, start: int) -> str:
        with self.log.open("rb") as log_file:
            log_file.seek(start)
            lines = log_file.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-20:]) or "(it logged nothing)"


def wait_until(condition: Callable[[], bool], timeout: float) -> bool:
    """Whether `condition` became true within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
