"""What the users of a load test ask for: a deck of 120 requests, so that every rate of the table comes out exactly.

At 1,000 requests a second a deck lasts 0.12 s: 24 cached boards make 200 a second, one update makes 500 a minute.
"""

import random
from collections.abc import Iterator

BOARD, UPDATE = "board", "update"
DECK = {BOARD: 24, UPDATE: 1, "user": 30, "around": 20, "page": 15, "history": 10, "daily": 5, "types": 15}
# The sizes of cached boards that are asked for, and how often.
BOARD_LIMITS = {10: 10, 25: 6, 50: 4, 100: 4}
PATHS = {
    BOARD: "/api/v1/scoreboard?limit={limit}",
    UPDATE: "/api/v1/scores/update",
    "user": "/api/v1/users/{other}/scores",
    "around": "/api/v1/scoreboard/around/{other}",
    "page": "/api/v1/scoreboard?limit=25&offset={offset}",
    "history": "/api/v1/users/{own}/scores/history?limit=20",
    "daily": "/api/v1/users/{other}/scores/daily?days=30",
    "types": "/api/v1/action-types",
}


def requests(users: int, seed: int = 1) -> Iterator[tuple[str, int, int]]:
    """Without end: the kind of a request, a user's number and a limit or offset. Each deck is shuffled anew."""
    chance = random.Random(seed)
    limits = [limit for limit, count in BOARD_LIMITS.items() for _ in range(count)]
    kinds = [kind for kind, count in DECK.items() for _ in range(count)]
    while True:
        chance.shuffle(kinds)
        chance.shuffle(limits)
        boards = iter(limits)
        for kind in kinds:
            number = next(boards) if kind == BOARD else 100 + chance.randrange(max(1, users - 125))
            yield kind, chance.randrange(users), number


def path_of(kind: str, *, own: int, other: int, number: int) -> str:
    """The path of a request; `own` and `other` are users' numbers, `number` the limit or offset."""
    return PATHS[kind].format(own=f"bench-{own}", other=f"bench-{other}", limit=number, offset=number)
