"""Measures the production topology on this machine: two API processes, a live process, a worker, PostgreSQL, Valkey
and, where it is installed, nginx.

Each server has its turn in each round: ours, the peer if there is one, pgbench with the statement of an update, and an
empty ASGI application under the same command. Everything takes about 12 minutes, --quick less than two.
"""

import argparse
from pathlib import Path

from bench.session import MEASURES


def parser() -> argparse.ArgumentParser:
    """The options of script/bench."""
    found = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    found.add_argument("--quick", action="store_true", help="the main figures, in two minutes")
    found.add_argument(
        "--peer", type=Path, metavar="DIR", help="compare with the server in DIR (server.js, schema.sql)"
    )
    found.add_argument("--compare", metavar="REV", help="run this tree and that git revision in turn; print the ratios")
    found.add_argument(
        "--measure", type=_measures, metavar="NAMES", help=f"only some of {', '.join(MEASURES)}, separated by commas"
    )
    found.add_argument("--runs", type=int, help="runs of each figure")
    found.add_argument("--seconds", type=float, help="seconds of each run")
    found.add_argument("--json", type=Path, metavar="FILE", help="write every run to FILE")
    found.add_argument(
        "--from-json", type=Path, nargs="+", metavar="FILE", help="measure nothing: take the runs from these files"
    )
    found.add_argument("--write-docs", action="store_true", help="write the tables and plots into docs/")
    return found


def _measures(text: str) -> frozenset[str]:
    names = frozenset(text.split(","))
    if unknown := names - set(MEASURES):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(MEASURES)}")
    return names
