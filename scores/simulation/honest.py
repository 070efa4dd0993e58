"""Honest users of the simulated past, and among them those who look like cheats at first sight."""

import random
from collections.abc import Iterator, Sequence

from scores.simulation.play import ORDINARY, Person, Style

AGENTS = {
    "Game/2.3.1 (Android 14)": 45,
    "Game/2.3.1 (iOS 18.1)": 30,
    "Game/2.2.0 (Android 13)": 15,
    "Game/2.3 (PC)": 10,
}
CASUAL = Style(gap=75, unevenness=0.6, actions=12)

# Style and how many play like that.
ALONE: dict[str, tuple[Style, int]] = {
    "casual": (CASUAL, 260),
    "regular": (Style(gap=50, sessions=2, actions=25), 160),
    # Hours without a pause, and up to forty actions in ten minutes.
    "busy": (Style(gap=22, unevenness=0.45, sessions=2, actions=80), 40),
    "quick": (Style(slowness=(0.4, 0.7)), 15),
    # Who is about to get into the first places.
    "climbing": (Style(gap=25, sessions=3, actions=70, weights={**ORDINARY, "CHALLENGE_WIN": 40}), 10),
}
STEADY = 20
COMMUTING = 40
CAMPUS, CAMPUS_AT_NOON = 45, Style(gap=50, hour=12)
PARTY, PARTY_AT_NIGHT = 20, Style(gap=40, actions=40, hour=20)
HOUSEHOLDS = 8
RARE_PROGRAM = 6
NEW_A_DAY, GIFTED_A_DAY = 105, 6
GIFTED = Style(gap=13, unevenness=0.4, actions=45)


def residents(dice: random.Random, size: float) -> Iterator[Person]:
    """Who plays on each day. `size` times as many of those who play alone."""
    for name, (style, users) in ALONE.items():
        yield from (_at_home(f"{name}-{at:03d}", style, dice) for at in range(round(users * size)))
    for at in range(round(STEADY * size)):
        # Levels that all last a minute make the gaps even.
        style = Style(gap=61, unevenness=dice.uniform(0.05, 0.2), actions=50)
        yield _at_home(f"steady-{at:03d}", style, dice)
    for at in range(round(COMMUTING * size)):
        addresses = [public_address(dice) for _ in range(2 + int(dice.expovariate(0.4)))]
        yield Person(f"commuting-{at:03d}", Style(gap=60, actions=30, moves=0.3), agent(dice), addresses)
    for at in range(RARE_PROGRAM):
        yield Person(f"rare-{at}", CASUAL, "Game/2.3 (SteamOS)", [public_address(dice)])
    yield from together("campus", CAMPUS_AT_NOON, CAMPUS, dice)
    for at in range(HOUSEHOLDS):
        yield from together(f"household-{at}", CASUAL, dice.randint(2, 5), dice)


def visitors(day: int, dice: random.Random) -> Iterator[Person]:
    """Who begins on that day."""
    yield from (_at_home(f"new-{day}-{at:03d}", CASUAL, dice) for at in range(NEW_A_DAY))
    yield from (_at_home(f"gifted-{day}-{at}", GIFTED, dice) for at in range(GIFTED_A_DAY))


def party(dice: random.Random) -> Iterator[Person]:
    """Of one evening, behind one address."""
    yield from together("party", PARTY_AT_NIGHT, PARTY, dice)


def together(name: str, style: Style, users: int, dice: random.Random) -> Sequence[Person]:
    """Behind one address, each with an agent of their own."""
    address = public_address(dice)
    return [Person(f"{name}-{at:03d}", style, agent(dice), [address]) for at in range(users)]


def agent(dice: random.Random) -> str:
    return dice.choices(list(AGENTS), list(AGENTS.values()))[0]


def public_address(dice: random.Random) -> str:
    """One in four has IPv6."""
    if dice.random() < 0.25:
        return f"2001:db8:{dice.randrange(65_536):x}:{dice.randrange(65_536):x}::{dice.randrange(1, 65_536):x}"
    return f"{dice.randint(11, 99)}.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randint(1, 254)}"


def _at_home(user_id: str, style: Style, dice: random.Random) -> Person:
    return Person(user_id, style, agent(dice), [public_address(dice)])
