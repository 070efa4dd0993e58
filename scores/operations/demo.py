"""Demo data for a new installation. Its actions go through the same write path as all others."""

import random
from collections.abc import Iterator

from action_types.selectors import ActiveActionTypes
from scores.services.actions import Reporter, ScoreAction
from scores.services.apply import apply_score_actions

NAMES = (
    "Amira", "Bram", "Chiyo", "Dario", "Elif", "Femi", "Greta", "Hana", "Ines", "Jonas", "Kwame", "Lucía", "Mateo",
    "Noor", "Oskar", "Priya", "Quinn", "Rosa", "Santi", "Tove", "Uma", "Viktor", "Wen", "Ximena", "Yusuf", "Zoë",
)  # fmt: skip
BATCH = 500


def demo_players(count: int) -> list[tuple[str, str]]:
    """`(user_id, username)` pairs: demo-0001 Amira, …, demo-0027 Amira 2, …"""
    return [
        (f"demo-{at + 1:04d}", NAMES[at % len(NAMES)] + (f" {at // len(NAMES) + 1}" if at >= len(NAMES) else ""))
        for at in range(count)
    ]


def seed_demo(*, players: int, actions: int, seed: int = 1) -> int:
    """Apply the demo's actions, the same each time, so that a second run adds nothing. Returns how many were new."""
    codes = [kind.action_type for kind in ActiveActionTypes().ask()]
    if not codes:
        return 0
    fresh = 0
    for batch in _batches(demo_players(players), codes, actions, random.Random(seed)):  # noqa: S311 - a demo
        fresh += sum(not result.is_replay and not result.error for result in apply_score_actions(batch))
    return fresh


def _batches(
    players: list[tuple[str, str]], codes: list[str], actions: int, dice: random.Random
) -> Iterator[list[ScoreAction]]:
    # As in every game, some play much more than others.
    weights = [1 / (at + 1) ** 0.5 for at in range(len(players))]
    made = []
    for number, (user_id, username) in enumerate(dice.choices(players, weights, k=actions)):
        made.append(
            ScoreAction(
                user_id,
                username,
                f"demo-{number}",
                dice.choice(codes),
                {"level": dice.randint(1, 40)},
                # Years of play in one moment: no rule could allow that.
                reporter=Reporter.OPERATOR,
            )
        )
    yield from (made[start : start + BATCH] for start in range(0, len(made), BATCH))
