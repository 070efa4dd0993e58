"""manage.py's command line. An error that is not a defect ends a command with one line on standard error.

The option --traceback shows the traceback of such an error too.
"""

import os
import sys
from collections.abc import Sequence
from typing import TextIO

from django.core.management import execute_from_command_line

from scoreboard_project.runtime import lifecycle
from scoreboard_project.start import explaining_database_errors, refusing_bad_settings

FAILED = 1
# The codes that a shell reports for a command that Ctrl-C or a closed pipe ended.
INTERRUPTED = 130
PIPE_CLOSED = 141
EXPECTED = (OSError, EOFError, UnicodeEncodeError, KeyboardInterrupt)


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code. `arguments` is like `sys.argv`: its first item is the program."""
    _replace_closed_streams()
    try:
        code = _execute(arguments)
        # An error during Python's own flush at exit could not be handled.
        sys.stdout.flush()
    except EXPECTED as error:
        if "--traceback" in arguments:
            raise
        return _explain(error)
    return code


def _execute(arguments: Sequence[str]) -> int:
    lifecycle.is_command = "runserver" not in arguments[1:2]
    try:
        with refusing_bad_settings(), explaining_database_errors():
            execute_from_command_line(list(arguments))
    except SystemExit as end:
        return _fail(end.code) if isinstance(end.code, str) else end.code or 0
    return 0


def _explain(error: BaseException) -> int:
    match error:
        case BrokenPipeError():
            # The reader has read enough, as in `export_board | head`.
            _discard(sys.stdout, sys.stderr)
            return PIPE_CLOSED
        case KeyboardInterrupt():
            return _fail("stopped", INTERRUPTED)
        case EOFError():
            return _fail("the command asks a question, and there is no terminal to ask it on")
        case UnicodeEncodeError():
            return _fail(f"{error.object!r} is not valid {error.encoding}")
    _discard(sys.stdout)
    return _fail(str(error))


def _fail(problem: str, code: int = FAILED) -> int:
    try:
        print(problem if problem.startswith("scoreboard:") else f"scoreboard: {problem}", file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        _discard(sys.stderr)
    return code


def _replace_closed_streams() -> None:
    """Let a command that was started with a closed stdout or stderr do its work nevertheless."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 (open until the end)


def _discard(*streams: TextIO) -> None:
    """Send what the streams have buffered nowhere. Otherwise Python reports the same error again when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream.fileno())
