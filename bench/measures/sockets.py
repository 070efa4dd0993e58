"""Actions over websockets: each socket sends its next action when the last is answered."""

import time
from urllib.parse import urlsplit

from bench.actions import Player, play
from bench.measures.run import Run
from bench.measures.usage import processor_seconds
from bench.topology.production import LIVE_PATH, Topology


def load_sockets(topology: Topology, tokens: list[str], *, connections: int, seconds: float) -> Run:
    """One run over so many sockets to the first live process."""
    address = urlsplit(f"ws://{topology.live_addresses[0]}{LIVE_PATH}")
    players = [Player(address, tokens[at % len(tokens)]) for at in range(connections)]
    before, client = processor_seconds(topology.pids()), time.process_time()
    began = time.perf_counter()
    rate, p50, p95, p99 = play(players, seconds)
    actions = rate * (time.perf_counter() - began)
    client = time.process_time() - client
    used = {part: now - before[part] for part, now in processor_seconds(topology.pids()).items()}
    for player in players:
        player.socket.close()
    return Run(rate, p50, p95, p99, {part: spent / actions for part, spent in {**used, "client": client}.items()})
