"""Runs commands that use the services, and handles the signals that end them."""

import signal
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_SIGNAL_CODE = 128  # a shell reports a command that signal N ended as exit code 128 + N
GRACE_SECONDS = 9.0


def end_on_signals(exit_code: int | None = None) -> None:
    """From now on the first signal makes this process stop what it started and exit. Later signals are ignored.

    The exit code is `exit_code`, or by default 128 + the signal's number.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        for ending_signal in ENDING_SIGNALS:
            signal.signal(ending_signal, signal.SIG_IGN)
        raise SystemExit(FIRST_SIGNAL_CODE + number if exit_code is None else exit_code)

    for ending_signal in ENDING_SIGNALS:
        signal.signal(ending_signal, leave)


def run_in_foreground(command: Sequence[str], environ: Mapping[str, str], lease: int) -> int:
    """Run a command in our terminal, pass signals on to it, and return its exit code.

    The command inherits the lease: if we are killed, the services keep running until it ends.
    """
    process = subprocess.Popen(command, env=environ, pass_fds=[lease])
    try:
        # The terminal sends Ctrl-C to the command too, so we do not pass it on.
        signal.signal(signal.SIGINT, lambda _number, _frame: None)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: process.send_signal(number))
        code = process.wait()
    finally:
        _end(process)
    return FIRST_SIGNAL_CODE - code if code < 0 else code


@contextmanager
def running_in_background(
    command: Sequence[str], environ: Mapping[str, str], pass_fds: Collection[int], *, quiet: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in its own session, away from the terminal's signals, and end it on exit.

    Its standard input is a pipe that closes when this process ends.
    """
    output = subprocess.DEVNULL if quiet else None
    with subprocess.Popen(
        command,
        env=environ,
        pass_fds=pass_fds,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
