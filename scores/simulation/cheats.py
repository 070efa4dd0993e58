"""The known cheats of the simulated past, a kind for each detector. Some are careful, and hard to tell from others."""

import random
from collections.abc import Callable, Iterator, Mapping

from scores.simulation.honest import agent, public_address, together
from scores.simulation.play import RICH, Person, Style

Cheats = Callable[[str, random.Random], Iterator[Person]]
# Of each kind that cheats alone.
EACH = 20
FARMS, ACCOUNTS = 2, 30
SCRIPTS, SCRIPTED = ("okhttp/4.9.3", "python-requests/2.32.3"), 14


def alone(
    style: Callable[[random.Random], Style], addresses: Callable[[random.Random], int] = lambda _: 1, users: int = EACH
) -> Cheats:
    def make(name: str, dice: random.Random) -> Iterator[Person]:
        for at in range(users):
            places = [public_address(dice) for _ in range(addresses(dice))]
            yield Person(f"{name}-{at:02d}", style(dice), agent(dice), places)

    return make


def farms(name: str, dice: random.Random) -> Iterator[Person]:
    """Accounts behind one address, each of which plays a little."""
    for farm in range(FARMS):
        yield from together(f"{name}-{farm}", Style(gap=60, hour=4 + 9 * farm), ACCOUNTS + 5 * farm, dice)


def scripts(name: str, dice: random.Random) -> Iterator[Person]:
    """Accounts all over the world, played by one program."""
    for at, program in enumerate(SCRIPTS):
        style = Style(gap=80, unevenness=0.6, hour=7 + 8 * at)
        yield from (Person(f"{name}-{at}-{n:02d}", style, program, [public_address(dice)]) for n in range(SCRIPTED))


CHEATS: Mapping[str, Cheats] = {
    "rate": alone(lambda dice: Style(gap=dice.uniform(1.5, 9), unevenness=0.4, actions=dice.randint(150, 400))),
    "intervals": alone(lambda dice: Style(gap=dice.uniform(12, 45), unevenness=dice.uniform(0.005, 0.07), actions=150)),
    "shared_address": farms,
    "shared_agent": scripts,
    "many_addresses": alone(lambda _: Style(gap=40, actions=60, moves=0.8), lambda dice: dice.randint(7, 30)),
    "impossible_metadata": alone(lambda dice: Style(slowness=(0.02, dice.uniform(0.05, 0.6)), actions=25)),
    "jump": alone(lambda dice: Style(gap=dice.uniform(9.5, 13), actions=dice.randint(250, 400), weights=RICH), users=8),
    "newcomer": alone(lambda dice: Style(gap=dice.uniform(11, 25), actions=45, weights=RICH)),
}
# These had no account before. The others played like anyone.
NEW_ACCOUNTS = ("newcomer", "shared_address", "shared_agent")
