#!/usr/bin/env python3
"""Measures updates and board reads per second of one or more servers in turn, with wrk (a Debian package).

    bench/tokens.py 5000 > tokens.txt
    bench/requests.py --tokens tokens.txt --server scoreboard=127.0.0.1:8000,127.0.0.1:8001 --server peer=127.0.0.1:8200

A server may have several addresses, one for each of its processes: the connections are shared out evenly, as a gateway
does. wrk has a thread for each address of the server that has most. The limit for updates must be off
(SCORE_UPDATES_PER_MINUTE=0). Servers take turns, so that noise on the machine affects all of them. The figures are
medians over the runs. Prints a Markdown table with the ratio to the last server.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("requests.lua")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
# By the name for --requests: the request and its path.
REQUESTS = {
    "update": ("PUT /api/v1/scores/update", "/"),
    "update-key": ("PUT with Idempotency-Key", "/"),
    "board": ("GET /api/v1/scoreboard", "/api/v1/scoreboard?limit=10"),
    "page": ("GET a page at offset 500", "/api/v1/scoreboard?limit=10&offset=500"),
    "user": ("GET a user's scores", "/api/v1/users/bench-7/scores"),
    "around": ("GET a user's neighbours", "/api/v1/scoreboard/around/bench-7"),
    "daily": ("GET a user's days", "/api/v1/users/bench-7/scores/daily"),
    "history": ("GET a user's history", "/api/v1/users/bench-0/scores/history"),
    "types": ("GET /api/v1/action-types", "/api/v1/action-types"),
    "keys": ("GET /.well-known/jwks.json", "/.well-known/jwks.json"),
}

Figures = tuple[float, float, float]


def load(addresses: str, name: str, threads: int, options: argparse.Namespace) -> Figures:
    """Requests per second, and the p50 and p99 in milliseconds. Exits the program if a request failed."""
    url = f"http://{addresses.split(',', maxsplit=1)[0]}{REQUESTS[name][1]}"
    size = [f"-t{threads}", f"-c{options.connections}", f"-d{options.seconds}s"]
    command = ["wrk", *size, "--latency", "--script", str(SCRIPT), url]
    environment = {**os.environ, "TOKENS": options.tokens, "ADDRESSES": addresses, "SEND": name}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in found or "Socket errors" in found:
        sys.exit(f"Requests to {addresses} failed:\n{found}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", found)
    times = {part: float(number) * UNITS[unit] for part, number, unit in re.findall(r"(50|99)%\s+([\d.]+)(\w+)", found)}
    return float(rate[1]) if rate else 0.0, times["50"], times["99"]


def medians(runs: list[Figures]) -> Figures:
    rate, median, high = (statistics.median(figures) for figures in zip(*runs, strict=True))
    return rate, median, high


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", action="append", required=True, metavar="NAME=HOST:PORT[,HOST:PORT]")
    parser.add_argument("--tokens", required=True, help="a file with one bearer token per line")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--requests",
        default="update,board",
        help=f"some of {', '.join(REQUESTS)}, separated by commas; default: update,board",
    )
    options = parser.parse_args()
    if unknown := set(options.requests.split(",")) - REQUESTS.keys():
        parser.error(f"unknown requests: {', '.join(sorted(unknown))}")
    servers = dict(each.split("=", 1) for each in options.server)
    threads = max(addresses.count(",") + 1 for addresses in servers.values())
    print("| request | server | requests a second | p50, ms | p99, ms | ratio |\n|---|---|---|---|---|---|")
    for name in options.requests.split(","):
        runs: dict[str, list[Figures]] = {server: [] for server in servers}
        for _ in range(options.runs):
            for server, addresses in servers.items():
                runs[server].append(load(addresses, name, threads, options))
        found = {server: medians(figures) for server, figures in runs.items()}
        baseline = list(found.values())[-1][0]
        for server, (rate, median, high) in found.items():
            print(
                f"| {REQUESTS[name][0]} | {server} | {rate:,.0f} | {median:.1f} | {high:.1f} | {rate / baseline:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
