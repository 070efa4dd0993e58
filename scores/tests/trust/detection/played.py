"""Puts play of the past into the ledger: the write path records at the time of now only."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from scores.models import UsualHour
from scores.trust.detection.usual import HOURS

# A whole hour, in no month that has a partition.
NOON = datetime(2025, 3, 12, 12, tzinfo=UTC)
PLAY = """
WITH played AS (
    SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY created_at, nr) AS turn,
        sum(points) OVER (PARTITION BY user_id ORDER BY created_at, nr) AS gained
    FROM json_to_recordset(%s::json) AS event (
        nr int, user_id text, created_at timestamptz, points bigint, action_type text, metadata json, address text,
        agent text
    )
), users AS (
    INSERT INTO users_scores AS kept (
        user_id, username, current_score, last_updated, total_actions, version, created_at
    )
    SELECT user_id, user_id, sum(points), max(created_at), count(*), count(*), min(created_at)
    FROM played GROUP BY user_id
    ON CONFLICT (user_id) DO UPDATE SET current_score = kept.current_score + excluded.current_score,
        version = kept.version + excluded.version, last_updated = excluded.last_updated,
        total_actions = kept.total_actions + excluded.total_actions
    RETURNING user_id, current_score
)
INSERT INTO score_events (event_id, user_id, action_id, request_id, action_type, score_increment, score_after, metadata,
    ip_address, user_agent, created_at)
SELECT 'event_' || id, user_id, 'action_' || id, 'request_' || id, action_type, points,
    COALESCE(before.score, 0) + gained, metadata, address, agent, created_at
FROM (SELECT *, gen_random_uuid()::text AS id FROM played) AS named
LEFT JOIN (
    SELECT DISTINCT ON (user_id) user_id, score_after AS score FROM score_events ORDER BY user_id, created_at DESC
) AS before USING (user_id)
"""


def play(user_id: str, times: Sequence[datetime], **how: Any) -> None:
    """Record an action of the user at each of these times, later than all before. `how`: see `events_of`."""
    record_events(events_of(user_id, times, **how))


def events_of(
    user_id: str,
    times: Sequence[datetime],
    *,
    points: int = 150,
    action_type: str = "LEVEL_COMPLETE",
    metadata: Mapping[str, Any] | None = None,
    address: str | Sequence[str] = "203.0.113.7",
    agent: str = "Game/1.0",
) -> list[dict[str, Any]]:
    """Addresses are taken in turn."""
    addresses = [address] if isinstance(address, str) else address
    return [
        {
            "nr": at,
            "user_id": user_id,
            "created_at": time.isoformat(),
            "points": points,
            "action_type": action_type,
            "metadata": metadata or {},
            "address": addresses[at % len(addresses)],
            "agent": agent,
        }
        for at, time in enumerate(times)
    ]


def record_events(events: Sequence[Mapping[str, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PLAY, [json.dumps(events)])


def nothing_is_usual(*, hours_before: int = 0) -> None:
    """The week up to so many hours before NOON is counted, as empty: detection would find that out hour by hour."""
    hours = (NOON - timedelta(hours=back) for back in range(hours_before + 1, HOURS + 1))
    UsualHour.objects.bulk_create([UsualHour(hour=hour, counts={}) for hour in hours])


def every(seconds: float, count: int, *, since: datetime = NOON) -> list[datetime]:
    return [since + timedelta(seconds=seconds * at) for at in range(count)]


def crowd_plays(
    users: int, *, since: datetime, hours: int = 1, actions: int = 6, points: int = 150, apart: float = 90
) -> None:
    """Ordinary users, each from home, so that there is something usual: some actions in each hour, at odd times."""
    events = []
    for user in range(users):
        for hour in range(hours):
            start = since + timedelta(hours=hour, seconds=7 * user % 1200)
            odd = [(user * 37 + at * at * 53) % 71 / 80 for at in range(actions)]
            times = [start + timedelta(seconds=apart * (at + odd[at])) for at in range(actions)]
            home = f"198.51.{user % 250}.{user % 200}"
            events += events_of(f"crowd-{user:03d}", times, points=points, address=home)
    record_events(events)
