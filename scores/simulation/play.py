"""How a simulated user plays: sessions of actions, at what intervals, from where, and how well."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

LEVELS = 12
DAY = timedelta(days=1)
# How often each action type is done in ordinary play, and in play for points only.
ORDINARY = {"LEVEL_COMPLETE": 60, "PERFECT_SCORE": 20, "ACHIEVEMENT_UNLOCK": 10, "CHALLENGE_WIN": 7, "BOSS_DEFEAT": 3}
RICH = {"BOSS_DEFEAT": 60, "CHALLENGE_WIN": 40}


class PlayedAction(NamedTuple):
    """An action as the ledger has it, before its value is looked up."""

    at: datetime
    user_id: str
    action_type: str
    metadata: dict[str, Any]
    address: str
    agent: str


@dataclass(frozen=True)
class Style:
    """A kind of play. Gaps between actions are in seconds."""

    gap: float = 60
    # Of the logarithm of the gap. A careful cheat adds a little noise, too.
    unevenness: float = 0.5
    sessions: float = 1
    actions: int = 15
    weights: dict[str, int] | None = None
    # A level's duration is that of an average user times this.
    slowness: tuple[float, float] = (0.85, 1.4)
    # How often the user goes to the next of their addresses.
    moves: float = 0.0
    # Each day they start at this hour of 24; at any hour if None.
    hour: float | None = None


@dataclass(frozen=True)
class Person:
    """A user: one style of play, one agent, and one address or several."""

    user_id: str
    style: Style
    agent: str
    addresses: Sequence[str]


def play_day(person: Person, day: datetime, hours: float, dice: random.Random) -> Iterator[PlayedAction]:
    """What the person does on a day of so many hours, oldest first in each session."""
    style = person.style
    sessions = int(style.sessions) + (dice.random() < style.sessions % 1)
    for number in range(sessions):
        share = (number + 0.9 * dice.random()) / sessions
        hour = 0.9 * hours * share if style.hour is None else style.hour * hours / 24 + dice.random() / 4
        yield from play_session(person, day + timedelta(hours=hour), dice)


def play_session(person: Person, start: datetime, dice: random.Random) -> Iterator[PlayedAction]:
    style, at, place = person.style, start, dice.randrange(len(person.addresses))
    slowness = dice.uniform(*style.slowness)
    for _ in range(max(2, round(style.actions * dice.uniform(0.8, 1.2)))):
        place += dice.random() < style.moves
        address = person.addresses[place % len(person.addresses)]
        action_type = draw(style.weights or ORDINARY, dice)
        yield PlayedAction(at, person.user_id, action_type, _metadata(slowness, dice), address, person.agent)
        at += timedelta(seconds=style.gap * math.exp(dice.gauss(0, style.unevenness)))


def draw(weights: dict[str, int], dice: random.Random) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def _metadata(slowness: float, dice: random.Random) -> dict[str, Any]:
    level = dice.randint(1, LEVELS)
    seconds = (20 + 5 * level) * slowness * math.exp(dice.gauss(0, 0.2))
    return {"level": level, "timeCompleted": round(seconds, 2)}
