#!/usr/bin/env python3
"""Measures whether detection keeps up with 1,000 actions a second, and how long the queue of flags takes.

    DATABASE_URL=postgresql://…/scratch bench/detection.py fill --events 10000000
    DATABASE_URL=postgresql://…/scratch bench/detection.py look
    DATABASE_URL=postgresql://…/scratch bench/detection.py queue

`fill` writes a ledger of that many events, 1,000 for each second, into an empty database. `look` lets every detector
look at the last full hour of it, and says what an hour of play costs: it keeps up if that is less than an hour. `queue`
adds 10,000 flags and asks for the admin's pages. Prints Markdown.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

# In place of this folder, whose requests.py has the name of a package.
sys.path[0] = str(Path(__file__).resolve().parents[1])
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scoreboard_project.settings")
os.environ.update({"SCOREBOARD_ENVIRONMENT": "development", "LOG_LEVEL": "error", "DATABASE_STATEMENT_TIMEOUT_MS": "0"})

import django

django.setup()

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from scores.models import Flag, ScoreEvent, UserScore
from scores.trust.detection.kinds import KINDS
from scores.trust.detection.scan import detect_again
from scores.trust.detection.usual import count_hour
from scores.trust.detection.windows import HOUR, Window, floor

PER_SECOND = 1000
USERS = 200_000
CHUNK = 1_000_000
FLAGS = 10_000
ROUNDS = 20
# A month that has no partition yet.
START = datetime(2025, 3, 10, tzinfo=UTC)
FILL_USERS = """
INSERT INTO users_scores (user_id, username, last_updated, created_at)
SELECT 'user-' || lpad(n::text, 6, '0'), 'Player ' || n, %(start)s, %(start)s - random() * interval '90 days'
FROM generate_series(0, %(users)s) AS n
"""
# Few play much, many play little. The scores are not sums: detection does not need them to be.
FILL_EVENTS = """
INSERT INTO filled (event_id, user_id, action_id, request_id, action_type, score_increment, score_after, metadata,
    ip_address, user_agent, created_at)
SELECT 'event_' || id, 'user-' || lpad(who::text, 6, '0'), 'action_' || id, 'req_' || id,
    CASE WHEN n %% 10 < 7 THEN 'LEVEL_COMPLETE' ELSE 'PERFECT_SCORE' END, 150,
    150 * (1 + who * 37 %% 100000) + n / 1000,
    json_build_object('level', 1 + n %% 60, 'timeCompleted', round((20 + 60 * random())::numeric, 2)),
    (11 + who %% 80) || '.' || who / 256 %% 256 || '.' || who %% 256 || '.7', 'Game/2.' || who %% 4 || ' (Android 14)',
    %(start)s + n * interval '1 millisecond'
FROM (
    SELECT n, lpad(to_hex(n), 32, '0') AS id, (power(random(), 2) * %(users)s)::int AS who
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
) AS made
"""
ATTACH = """
ALTER TABLE score_events ATTACH PARTITION filled FOR VALUES FROM ('2025-03-01') TO ('2025-04-01');
ANALYZE score_events, users_scores;
"""


def fill(events: int) -> None:
    call_command("migrate", verbosity=0)
    if UserScore.objects.exists():
        sys.exit("The database has users. Set DATABASE_URL to an empty database.")
    with connection.cursor() as cursor:
        cursor.execute(FILL_USERS, {"start": START, "users": USERS})
        cursor.execute("CREATE TABLE filled (LIKE score_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        for first in range(0, events, CHUNK):
            last = min(events, first + CHUNK) - 1
            cursor.execute(FILL_EVENTS, {"start": START, "users": USERS, "first": first, "last": last})
            print(f"{last + 1:,} events", file=sys.stderr)
        cursor.execute(ATTACH)


def look() -> None:
    latest = floor(ScoreEvent.objects.latest("event_id").created_at, HOUR)
    last_hour = Window(latest - HOUR, latest)
    total = timed(lambda: count_hours(latest))
    hours = (latest - START) / HOUR
    print(f"| step | seconds for an hour of play |\n|---|---|\n| what is usual | {total / hours:.1f} |")
    spent = total / hours
    for kind in KINDS:
        seconds = timed(lambda kind=kind: detect_again(last_hour.start, last_hour.end, [kind]))  # type: ignore[misc]
        spent += seconds
        print(f"| `{kind}` | {seconds:.1f} |")
    print(f"| all | {spent:.1f} |\n\nFlags: {Flag.objects.count()}. One worker keeps up with", end=" ")
    print(f"{PER_SECOND * HOUR.total_seconds() / spent:,.0f} actions a second.")


def count_hours(latest: datetime) -> None:
    """Those with events; the others before them take no time."""
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '64MB'")
    hour = floor(START, HOUR)
    while hour < latest:
        count_hour(Window(hour, hour + HOUR))
        hour += HOUR


def queue() -> None:
    add_flags()
    user, _ = User.objects.get_or_create(username="bench", defaults={"is_staff": True})
    user.groups.set([Group.objects.get(name="Moderators")])
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    flag = Flag.objects.filter(status=Flag.Status.OPEN).latest("flag_id")
    pages = {
        "the queue": "/admin/scores/flag/",
        "its last page": "/admin/scores/flag/?p=200",
        "of one kind": "/admin/scores/flag/?kind=intervals",
        "a flag": f"/admin/scores/flag/{flag.pk}/change/",
        "a user": f"/admin/scores/userscore/{flag.user_id}/change/",
    }
    print("| page | p50, ms | p95, ms |\n|---|---|---|")
    for name, address in pages.items():
        found = sorted(1000 * timed(lambda address=address: ask(client, address)) for _ in range(ROUNDS))  # type: ignore[misc]
        print(f"| {name} | {statistics.median(found):.0f} | {found[int(ROUNDS * 0.95)]:.0f} |")


def add_flags() -> None:
    latest = floor(ScoreEvent.objects.latest("event_id").created_at, HOUR)
    evidence = {"actions": 120, "seconds": 12.0, "spread": 0.01}
    Flag.objects.bulk_create(
        (
            Flag(
                kind="intervals",
                user_id=f"user-{number:06d}",
                day=latest.date(),
                seen_from=latest - HOUR - timedelta(hours=number % 2),
                seen_until=latest - timedelta(hours=number % 2),
                severity=1 + number % 3,
                evidence=evidence,
            )
            for number in range(FLAGS)
        ),
        ignore_conflicts=True,
    )


def ask(client: Client, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:
        sys.exit(f"{address} answered {answer.status_code}")


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("fill", "look", "queue"))
    parser.add_argument("--events", type=int, default=10_000_000, help="how many to fill in (%(default)s)")
    options = parser.parse_args()
    if options.step == "fill":
        fill(options.events)
    else:
        {"look": look, "queue": queue}[options.step]()


if __name__ == "__main__":
    main()
