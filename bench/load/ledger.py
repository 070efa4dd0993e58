"""Before a load test each user gets a score; after it, ledger, scores and ranks must agree."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import psycopg

from bench.topology.processes import StartError
from bench.topology.production import Topology

BATCH = 1000
# The leader begins this many bosses ahead: above the others at every moment.
HEAD_START = 60
SUMS = """
SELECT count(*) FROM users_scores FULL JOIN (
    SELECT user_id, sum(score_increment) AS score, count(*) AS actions FROM score_events GROUP BY user_id
) AS ledger USING (user_id)
WHERE users_scores.current_score IS DISTINCT FROM ledger.score
    OR users_scores.total_actions IS DISTINCT FROM ledger.actions
"""


class SeedError(Exception):
    """The first actions were not all applied."""


def seed(topology: Topology, users: int) -> None:
    """Give the leader bench-0 a head start, and each of the other users one to twenty levels. Raises SeedError."""
    counts = {f"bench-{number}": 1 + number * 7 % 20 for number in range(1, users + 1)}
    actions = [("bench-0", "BOSS_DEFEAT")] * HEAD_START
    actions += [(user, "LEVEL_COMPLETE") for user, count in counts.items() for _ in range(count)]
    connection = HTTPConnection(urlsplit(topology.gateway_url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {topology.server_token()}", "Content-Type": "application/json"}
    for first in range(0, len(actions), BATCH):
        batch = [
            {"userId": user, "requestId": f"seed-{first + at}", "actionType": action, "metadata": {"level": 5}}
            for at, (user, action) in enumerate(actions[first : first + BATCH])
        ]
        connection.request("POST", "/api/v1/scores/batch", json.dumps({"actions": batch}), headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or body.count(b'"status":"applied"') != len(batch):
            raise SeedError(f"The first actions were refused: {answer.status} {body[:300]!r}")
    connection.close()


def count_events(topology: Topology) -> int:
    return _count(topology, "SELECT count(*) FROM score_events")


def count_backends(topology: Topology) -> int:
    """PostgreSQL's client connections, without the one that asks."""
    return _count(topology, "SELECT count(*) - 1 FROM pg_stat_activity WHERE backend_type = 'client backend'")


def check(topology: Topology) -> dict[str, str]:
    """What is wrong, by check; "" where nothing is."""
    wrong = _count(topology, SUMS)
    try:
        topology.manage("reindex_ranks", "--check")
        ranks = ""
    except StartError as error:
        ranks = str(error)
    return {
        "scores are the sums of their events": f"{wrong:,} users differ" if wrong else "",
        "reindex_ranks --check": ranks,
    }


def _count(topology: Topology, query: str) -> int:
    with psycopg.connect(topology.environment["DATABASE_URL"], autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
