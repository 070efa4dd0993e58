#!/usr/bin/env python3
"""Measures ranks at scale: fills a database with users, builds the rank index, and times what games ask for.

    DATABASE_URL=postgresql:///ranks REDIS_URL=redis://127.0.0.1:6379/5 bench/ranks.py --sizes 10000,1000000,10000000

The database must be empty; --wipe empties it. The Redis database is flushed. SQL creates the users, without score
events, because only ranks are measured. The index is built once, and then again while another process writes. Prints
Markdown.
"""

import argparse
import logging
import os
import random
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import PIPE

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scoreboard_project.settings")
os.environ.update({"SCOREBOARD_ENVIRONMENT": "development", "LOG_LEVEL": "error", "DATABASE_STATEMENT_TIMEOUT_MS": "0"})

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from leaderboard.board_cache import BoardCache
from leaderboard.rank_index import RankIndex
from scoreboard_project.runtime.flows.flow import run
from scoreboard_project.runtime.redis import redis
from scores.models import UserScore
from scores.ranks.drift import check_rank_index
from scores.ranks.rebuild import rebuild_rank_index
from scores.selectors.boards import load_board, read_board_page
from scores.selectors.users import AroundOf, StandingOf
from scores.services.actions import ScoreAction
from scores.services.apply import apply_score_actions

CHUNK = 1_000_000
ROUNDS = 300
WRITE_PAUSE = 0.02
# Most users have a low score. Times differ, and some scores are shared.
FILL = """
INSERT INTO users_scores (user_id, username, current_score, last_updated, total_actions, version, created_at)
SELECT 'user-' || lpad(n::text, 9, '0'), 'Player ' || n, (power(random(), 4) * 10000000)::bigint,
    now() - random() * interval '90 days', actions, actions, now() - interval '90 days'
FROM (SELECT n, 1 + (random() * 200)::int AS actions FROM generate_series(%s::int, %s::int) AS n) AS made
"""
SLOW_TO_FILL = ("idx_score_rank", "idx_username_prefix")

Figures = dict[str, str]


def fill(users: int) -> Figures:
    """Add users until there are `users`. The large indexes are created afterwards."""
    have = UserScore.objects.count()
    started = time.perf_counter()
    with connection.cursor() as cursor:
        definitions = []
        for name in SLOW_TO_FILL:
            cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [name])
            definitions.append(cursor.fetchone()[0])
            cursor.execute(f"DROP INDEX {name}")
        for first in range(have + 1, users + 1, CHUNK):
            cursor.execute(FILL, [first, min(users, first + CHUNK - 1)])
            say(f"{min(users, first + CHUNK - 1):,} users")
        for definition in definitions:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE users_scores")
        cursor.execute("SELECT pg_table_size('users_scores'), pg_indexes_size('users_scores')")
        table, indexes = cursor.fetchone()
    seconds = time.perf_counter() - started
    say(f"filled in {seconds:.0f} s")
    return {"PostgreSQL, table + indexes, bytes a user": f"{table / users:.0f} + {indexes / users:.0f}"}


def build(users: int) -> Figures:
    """Build the index in an empty Redis. Returns time and memory."""
    before = redis_info("used_memory")
    seconds = timed(rebuild_rank_index) / 1000
    say(f"built in {seconds:.0f} s")
    return {
        "first build, s": f"{seconds:.1f}",
        "Valkey, bytes a user": f"{(redis_info('used_memory') - before) / users:.0f}",
    }


def rebuild(users: int) -> Figures:
    """Rebuild the index beside the live one while another process writes."""
    with subprocess.Popen(
        [sys.executable, __file__, "--write", str(users)], stdin=PIPE, stdout=PIPE, text=True
    ) as writer:
        seconds = timed(rebuild_rank_index) / 1000
        written, median = (writer.communicate()[0] or "0 0").split()
    freed = await_freed()
    say(f"rebuilt in {seconds:.0f} s, during {written} writes")
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "rebuild with writes going on, s": f"{seconds:.1f}",
        "writes meanwhile, and their median, ms": f"{written}, {median}",
        "until the old index was freed, s": f"{freed:.1f}",
        "memory of the rebuilding process, peak MiB": f"{peak_kib / 1024:.0f}",
    }


def write_until_told(users: int) -> None:
    """The work of the other process: one update every WRITE_PAUSE seconds, until its standard input ends."""
    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    found = [0.0]
    while not ended.wait(WRITE_PAUSE):
        found.append(timed(lambda: update(users)))
    print(len(found) - 1, f"{statistics.median(found):.1f}")


def _read_page(offset: int) -> object:
    return run(read_board_page(limit=50, offset=offset))


def times(users: int) -> Figures:
    """The p50 / p95 of single reads and writes, in milliseconds."""
    index = RankIndex()
    figures: dict[str, Callable[[], object]] = {
        "rank of a random user": lambda: index.ranks_of([random_user(users)]),
        "a player: score, rank, percentile": lambda: StandingOf(random_user(users)).ask(),
        "around a random user, radius 5": lambda: AroundOf(random_user(users), 5).ask(),
        "top 10, cached": lambda: run(read_board_page(limit=10, offset=0)),
        "top 10, from PostgreSQL": lambda: run(load_board(10)),
        "one update": lambda: update(users),
    }
    for place, offset in (("offset 100", 100), ("5 % of the board", users // 20), ("half of the board", users // 2)):
        figures[f"page of 50 at {place}"] = partial(_read_page, offset)
    run(read_board_page(limit=10, offset=0))
    found = {f"{name}, ms": percentiles(call) for name, call in figures.items()}
    redis.delete(BoardCache().keys.leaderboard(10))
    return found


def check(_: int) -> Figures:
    """Compare the whole index with PostgreSQL. Exits the program if it is not exact."""
    started = time.perf_counter()
    drift = check_rank_index()
    if not drift.is_clean:
        sys.exit(f"The index differs from PostgreSQL: {drift}")
    return {"`reindex_ranks --check`, s": f"{time.perf_counter() - started:.1f}"}


def update(users: int) -> None:
    """One action of a random user, through the product's own write path."""
    user_id = random_user(users)
    action = ScoreAction(user_id, "Player", f"bench-{random.getrandbits(64):x}", "BOSS_DEFEAT")
    apply_score_actions([action])


def random_user(users: int) -> str:
    return f"user-{random.randint(1, users):09d}"


def timed(call: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def percentiles(call: Callable[[], object]) -> str:
    """The p50 / p95 of ROUNDS calls, in milliseconds."""
    found = sorted(timed(call) for _ in range(ROUNDS))
    return f"{statistics.median(found):.2f} / {found[int(ROUNDS * 0.95)]:.2f}"


def empty_redis() -> None:
    """Flush the Redis database and wait until its memory is freed."""
    redis.execute("FLUSHDB", "ASYNC")
    await_freed()


def await_freed() -> float:
    """Wait until Redis has freed the deleted entries, which slows everything down. Returns the seconds it took."""
    started = time.perf_counter()
    while redis_info("lazyfree_pending_objects"):
        time.sleep(0.1)
    return time.perf_counter() - started


def redis_info(name: str) -> int:
    """A number from Redis's INFO memory."""
    return int(redis.execute("INFO", "memory")[name])


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,1000000", help="numbers of users, in growing order")
    parser.add_argument("--wipe", action="store_true", help="delete the users that the database has")
    parser.add_argument("--write", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if options.write:
        write_until_told(options.write)
        return
    call_command("migrate", verbosity=0)
    if UserScore.objects.exists() and not options.wipe:
        sys.exit("The database has users. Delete them with --wipe, or set DATABASE_URL to another database.")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE users_scores, score_events, score_requests")
    columns: dict[int, Figures] = {}
    for size in map(int, options.sizes.split(",")):
        empty_redis()
        columns[size] = {}
        for part in (fill, build, rebuild, times, check):
            columns[size] |= part(size)
    head = [f"{size:,} users" for size in columns]
    print("| |", " | ".join(head), "|\n|---|" + "---|" * len(head))
    for row in next(iter(columns.values())):
        print(f"| {row} |", " | ".join(found.get(row, "") for found in columns.values()), "|")


if __name__ == "__main__":
    main()
