"""When a step of a live flow ends. A step that is interrupted and performed again still ends at its first time."""

import time
from enum import Enum
from typing import Final

from scoreboard_client.steps import LiveStep, Receive, Wait


class Unfinished(Enum):
    UNFINISHED = "unfinished"


# The outcome of a step that whoever performed it could not wait for.
UNFINISHED: Final = Unfinished.UNFINISHED


def due_at(step: LiveStep) -> float | None:
    """The end of a wait (monotonic seconds); None if there is none."""
    seconds = step.seconds if isinstance(step, Wait) else step.timeout_seconds if isinstance(step, Receive) else None
    return None if seconds is None else time.monotonic() + seconds


def is_due(moment: float | None) -> bool:
    return moment is not None and time.monotonic() >= moment


def seconds_until(*moments: float | None) -> float | None:
    """The seconds until the first of these moments; None if there is none."""
    known = [moment for moment in moments if moment is not None]
    return max(0.0, min(known) - time.monotonic()) if known else None
