"""The options of `script/load`."""

import argparse
from pathlib import Path

from bench.load.scenarios import MEANINGS, NAMES
from bench.load.table import SOCKETS, USERS

ALL = "all"
LONGEST_MINUTES = 23 * 60.0  # tokens are valid for a day


def parser() -> argparse.ArgumentParser:
    meanings = {**MEANINGS, ALL: "all of them in turn but endurance, in about 15 minutes"}
    scenarios = "\n".join(f"  {name:12}{meaning}" for name, meaning in meanings.items())
    made = argparse.ArgumentParser(
        prog="script/load",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Starts the production topology on this machine, with the limits of production, and puts the load\n"
        "of the specification on it: all rows of its load table at once. Prints each row with pass or fail.\n\n"
        f"scenarios:\n{scenarios}",
        epilog="Ends with 0 if every row and check passed, 1 if not, 2 if it could not run. Ctrl-C stops everything.\n"
        "docs/load.md says what each scenario does, and what was found.",
    )
    made.add_argument("scenario", choices=(*NAMES, ALL))
    made.add_argument("--minutes", type=_minutes, help="the length of each judged stage (endurance: 60)")
    made.add_argument("--traffic", type=float, default=1.0, help="times the table's traffic (%(default)s)")
    made.add_argument("--users", type=int, default=USERS, help="users of the API (%(default)s)")
    made.add_argument("--sockets", type=int, default=SOCKETS, help="sockets that watch the board (%(default)s)")
    made.add_argument("--api-processes", type=int, default=2, help="API processes (%(default)s)")
    made.add_argument("--output", type=Path, default=Path(".load"), help="folder for the reports (%(default)s)")
    made.add_argument("--json", action="store_true", help="print the result as JSON; progress goes to standard error")
    made.add_argument("--reuse", action="store_true", help="run nothing: take the reports that are in the folder")
    made.add_argument("--write-docs", action="store_true", help="write the tables and plots into docs/load.md")
    return made


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0 < minutes <= LONGEST_MINUTES:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most {LONGEST_MINUTES:.0f}")
    return minutes
