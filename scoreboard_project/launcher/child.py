"""Commands that run inside the services, and the signals that end them."""

import signal
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_SIGNAL_CODE = 128  # the shell's code for a command that a signal ended
GRACE_SECONDS = 9.0


def end_on_signals(exit_code: int | None = None) -> None:
    """From now on the first signal unwinds this process, which stops what it started; further ones change nothing.

    It exits with `exit_code`, or by default with 128 + the signal's number.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        for ending_signal in ENDING_SIGNALS:
            signal.signal(ending_signal, signal.SIG_IGN)
        raise SystemExit(FIRST_SIGNAL_CODE + number if exit_code is None else exit_code)

    for ending_signal in ENDING_SIGNALS:
        signal.signal(ending_signal, leave)


def run_in_foreground(command: Sequence[str], environ: Mapping[str, str], lease: int) -> int:
    """Run a command on our own terminal, with signals passed on; returns its exit code.

    The lease goes with it: should we be killed, the services stay up until it ends.
    """
    process = subprocess.Popen(command, env=environ, pass_fds=[lease])
    try:
        # Ctrl-C at the terminal reaches the command by itself.
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
    """A command in a session of its own, out of the terminal's reach, and ended on leaving. Its input ends with us."""
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
