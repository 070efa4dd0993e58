"""Requests over HTTP, sent by wrk: each connection sends the next when the last was answered."""

import os
import re
import resource
import subprocess
from pathlib import Path

from bench.measures.run import Run
from bench.measures.usage import processor_seconds
from bench.topology.participant import Participant
from bench.topology.tools import find_tool

SCRIPT = Path(__file__).resolve().parents[1] / "requests.lua"
FIGURES = re.compile(r"^figures (\d+) ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) (\d+)$", re.MULTILINE)
# By the name of the measure: what it is in a table, and the path. requests.lua makes the PUT and the batches.
REQUESTS = {
    "update": ("`PUT /api/v1/scores/update`", "/"),
    "board": ("`GET /api/v1/scoreboard`, cached", "/api/v1/scoreboard?limit=10"),
    "page": ("a page at offset 500", "/api/v1/scoreboard?limit=10&offset=500"),
    "user": ("a user's scores", "/api/v1/users/bench-7/scores"),
    "around": ("a user's neighbours", "/api/v1/scoreboard/around/bench-7"),
    "history": ("a user's history", "/api/v1/users/bench-0/scores/history"),
    "daily": ("a user's days", "/api/v1/users/bench-7/scores/daily"),
    "batch-1": ("a batch of 1 action", "/"),
    "batch-10": ("a batch of 10 actions", "/"),
    "batch-100": ("a batch of 100 actions", "/"),
    "batch-1000": ("a batch of 1,000 actions", "/"),
}


class LoadError(Exception):
    """Some requests of a load failed. The message has wrk's output."""


def load(participant: Participant, measure: str, tokens: Path, *, connections: int, seconds: float) -> Run:
    """One run. `tokens` is a file with one bearer token a line. Raises LoadError if any request failed."""
    addresses = participant.addresses[:connections]
    size = [f"-t{len(addresses)}", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout=30s"]
    command = [find_tool("wrk"), *size, "--script", str(SCRIPT), f"http://{addresses[0]}{REQUESTS[measure][1]}"]
    environment = {**os.environ, "TOKENS": str(tokens), "ADDRESSES": ",".join(addresses), "SEND": measure}
    before, client = processor_seconds(participant.pids), _client_seconds()
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
    client = _client_seconds() - client
    used = {part: now - before[part] for part, now in processor_seconds(participant.pids).items()}
    return read_run(output, {**used, "client": client})


def read_run(output: str, used: dict[str, float]) -> Run:
    """A run from wrk's output, and the processor seconds of each part during it. Raises LoadError."""
    found = FIGURES.search(output)
    if not found or int(found[6]) or not int(found[1]):
        raise LoadError(f"Requests failed:\n{output}")
    requests = int(found[1])
    p50, p95, p99 = map(float, found.group(3, 4, 5))
    return Run(requests / float(found[2]), p50, p95, p99, {part: spent / requests for part, spent in used.items()})


def _client_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
