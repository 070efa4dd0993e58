#!/usr/bin/env python3
"""A game of bots. They play for some seconds while the board is watched live, and a summary is printed at the end.

TOKEN=$(script/manage issue_token bots --scope scores:write:any)
python clients/python/examples/bot_game.py --url http://127.0.0.1:8000 --token "$TOKEN"
"""

import argparse
import random
import threading
import time
from collections import Counter

from scoreboard_client import LiveBoards, ScoreAction, Scoreboard, ScoreboardError


def watch(boards: LiveBoards) -> None:
    """Print the leader whenever it changes."""
    leader = None
    for board in boards:
        if board.leaderboard and board.leaderboard[0].user_id != leader:
            leader = board.leaderboard[0].user_id
            print(f"{board.leaderboard[0].username} leads with {board.leaderboard[0].score:,}")


def play(client: Scoreboard, *, bots: int, seconds: float) -> Counter[str]:
    """Let some bots act every tenth of a second. Returns how often each outcome occurred."""
    codes = [kind.action_type for kind in client.action_types()]
    outcomes: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        active = random.sample(range(bots), k=max(1, bots // 4))
        actions = [ScoreAction(f"bot-{bot}", random.choice(codes), username=f"Bot {bot}") for bot in active]
        for result in client.batch(actions):
            outcomes["refused" if result.error else "applied"] += 1
        time.sleep(0.1)
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--token", required=True, help="a token with the scope scores:write:any")
    parser.add_argument("--bots", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    try:
        with Scoreboard(options.url, token=options.token) as client, client.live(limit=3) as boards:
            threading.Thread(target=watch, args=(boards,), daemon=True).start()
            outcomes = play(client, bots=options.bots, seconds=options.seconds)
            print(f"{outcomes.total()} actions: {dict(outcomes)}")
            for entry in client.board(limit=3).leaderboard:
                print(f"{entry.rank}. {entry.username}: {entry.score:,}")
    except ScoreboardError as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from None


if __name__ == "__main__":
    main()
