"""Writes simulated play of the past into an empty database. The write path records at the time of now only."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from scores.simulation.play import PlayedAction

USERS = """
COPY users_scores (user_id, username, current_score, last_updated, total_actions, version, created_at) FROM STDIN
"""
EVENTS = """
COPY score_events (event_id, user_id, action_id, request_id, action_type, score_increment, score_after, metadata,
    ip_address, user_agent, created_at) FROM STDIN
"""


def record(actions: Sequence[PlayedAction], values: Mapping[str, int]) -> None:
    """Write the actions, oldest first. `values`: what each type is worth."""
    scores: dict[str, list[Any]] = {}
    for action in actions:
        user = scores.setdefault(action.user_id, [action.user_id, action.user_id, 0, action.at, 0, 0, action.at])
        user[2:6] = [user[2] + values[action.action_type], action.at, user[4] + 1, user[5] + 1]
    with transaction.atomic():
        _copy(USERS, scores.values())
        _copy(EVENTS, _events(actions, values))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE users_scores, score_events")


def _events(actions: Iterable[PlayedAction], values: Mapping[str, int]) -> Iterator[list[Any]]:
    scores: dict[str, int] = {}
    for number, action in enumerate(actions):
        points = values[action.action_type]
        scores[action.user_id] = scores.get(action.user_id, 0) + points
        # In the order of time, as the ids of real events are.
        name = f"{int(action.at.timestamp() * 1_000_000):016x}-{number:08x}"
        yield [
            *(f"event_{name}", action.user_id, f"action_{name}", f"simulated-{number}", action.action_type),
            *(points, scores[action.user_id], json.dumps(action.metadata), action.address, action.agent, action.at),
        ]


def _copy(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
