"""What an examination finds."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad it is; the numbers are exit codes, as monitors of the Nagios kind expect them."""

    FINE = 0
    WARNING = 1
    WRONG = 2
    # It cannot be seen from here, or by this role.
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """`says` is what was found, `advice` what to do about it. `fix` corrects it, and can do no harm."""

    level: Level
    says: str
    advice: str = ""
    fix: Callable[[], object] | None = None


def fine(says: str) -> Finding:
    return Finding(Level.FINE, says)


def warning(says: str, advice: str) -> Finding:
    return Finding(Level.WARNING, says, advice)


def wrong(says: str, advice: str, fix: Callable[[], object] | None = None) -> Finding:
    return Finding(Level.WRONG, says, advice, fix)


def unknown(says: str) -> Finding:
    return Finding(Level.UNKNOWN, says)
