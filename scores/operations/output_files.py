"""Opens the output of an export: a file that is replaced only when it is complete, or stdout."""

import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def open_output(path: Path | None) -> Iterator[IO[str]]:
    """Open a text file or stdout, as UTF-8. A file appears when the block ends without an error. Raises OSError."""
    if path is None:
        # Not the terminal's encoding: stdout is a file or a pipe more often than not.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        yield sys.stdout
    elif _can_be_replaced(path):
        with _replacing(path.resolve()) as out:
            yield out
    else:
        with path.open("w", encoding="utf-8", newline="") as out:
            yield out


def _can_be_replaced(path: Path) -> bool:
    """Whether it is a regular file or a new one, in a directory where a second file can be created."""
    return (path.is_file() or not path.exists()) and os.access(path.resolve().parent, os.W_OK | os.X_OK)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    part = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            if path.exists():
                shutil.copymode(path, part)
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
