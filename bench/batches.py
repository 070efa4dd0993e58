#!/usr/bin/env python3
"""Measures what an action costs in batches of 1, 10, 100 and 1000, over HTTP.

    TOKEN=$(script/manage issue_token bench --scope scores:write:any)
    bench/batches.py --url http://127.0.0.1:8000 --token "$TOKEN"

The server's limit for batch calls must be off (BATCH_CALLS_PER_MINUTE=0). Prints a Markdown table with actions per
second and milliseconds per action, each the median of several runs.
"""

import argparse
import json
import random
import statistics
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

CODES = ("LEVEL_COMPLETE", "DAILY_BONUS", "BOSS_DEFEAT", "PERFECT_SCORE")


class GameServer:
    """One connection that sends batches."""

    def __init__(self, url: str, token: str, users: int) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._users = users

    def send(self, size: int) -> None:
        """Send one batch of actions of random users. Exits the program if an action was not applied."""
        actions = [
            {
                "userId": f"bench-{random.randrange(self._users)}",
                "requestId": uuid.uuid4().hex,
                "actionType": random.choice(CODES),
                "metadata": {"level": 5},
            }
            for _ in range(size)
        ]
        self._connection.request("POST", "/api/v1/scores/batch", json.dumps({"actions": actions}), self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200 or body.count(b'"status":"applied"') != size:
            sys.exit(f"Not every action was applied: {answer.status} {body[:300]!r}")

    def play(self, size: int, until: float) -> int:
        """Send batches until `until` on the performance counter; returns the number of actions."""
        sent = 0
        while time.perf_counter() < until:
            self.send(size)
            sent += size
        return sent


def measure(servers: list[GameServer], size: int, seconds: float) -> float:
    """Actions per second, over all connections."""
    started = time.perf_counter()
    with ThreadPoolExecutor(len(servers)) as pool:
        sent = sum(pool.map(lambda server: server.play(size, started + seconds), servers))
    return float(sent / (time.perf_counter() - started))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token", required=True)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    servers = [GameServer(options.url, options.token, options.users) for _ in range(options.connections)]
    print("| actions per batch | actions per second | ms per action on one connection |\n|---|---|---|")
    for size in (1, 10, 100, 1000):
        rate = statistics.median(measure(servers, size, options.seconds) for _ in range(options.runs))
        print(f"| {size} | {rate:,.0f} | {1000 * len(servers) / rate:.2f} |", flush=True)


if __name__ == "__main__":
    main()
