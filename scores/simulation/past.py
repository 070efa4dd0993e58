"""Days of simulated play that end now, the last of them with known cheats."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scores.simulation.cheats import CHEATS, NEW_ACCOUNTS
from scores.simulation.honest import party, residents, visitors
from scores.simulation.play import DAY, PlayedAction, Style, play_day

DAYS_BEFORE = 2
BEFORE = Style(gap=50, actions=20)


@dataclass(frozen=True)
class Past:
    """`cheats`: the user ids of the known cheats, and their kinds. They cheat only on the last day."""

    actions: Sequence[PlayedAction]
    cheats: Mapping[str, str]
    last_day: datetime
    until: datetime


def imagine(until: datetime, *, seed: int = 1, size: float = 1.0, hours: float = 24) -> Past:
    """The same seed imagines the same. `size` times as many honest users who play alone; days of so many hours."""
    dice, actions = random.Random(seed), list[PlayedAction]()  # noqa: S311 - a game, not a secret
    cheats = {person.user_id: (kind, person) for kind, make in CHEATS.items() for person in make(kind, dice)}
    last_day = until - timedelta(hours=hours)
    people = list(residents(dice, size))
    honest_before = [replace(person, style=BEFORE) for kind, person in cheats.values() if kind not in NEW_ACCOUNTS]
    for day in range(DAYS_BEFORE + 1):
        start = last_day - (DAYS_BEFORE - day) * DAY
        others = [*party(dice), *(person for _, person in cheats.values())] if day == DAYS_BEFORE else honest_before
        for person in (*people, *visitors(day, dice), *others):
            actions += play_day(person, start, hours, dice)
    kept = sorted((action for action in actions if action.at < until), key=lambda action: (action.at, action.user_id))
    return Past(kept, {user_id: kind for user_id, (kind, _) in cheats.items()}, last_day, until)
