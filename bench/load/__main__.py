"""script/load SCENARIO: the specification's load table and its scenarios, with the servers on this machine."""

import argparse
import json
import signal
import sys
import time
from functools import partial
from pathlib import Path

from bench.load import machine, report
from bench.load.clients import ClientFailed
from bench.load.ledger import SeedError
from bench.load.plan import Plan
from bench.load.run import LIMITS_ON, Result, Run, prepare
from bench.load.scenarios import MEANINGS, NAMES
from bench.load.table import SOCKETS, USERS
from bench.topology.processes import StartError
from bench.topology.production import PROJECT, production_topology
from bench.topology.tools import MissingTool

LONGEST_MINUTES = 23 * 60.0  # tokens are valid for a day


def parser() -> argparse.ArgumentParser:
    scenarios = "\n".join(f"  {name:12}{meaning}" for name, meaning in MEANINGS.items())
    made = argparse.ArgumentParser(
        prog="script/load",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Starts the production topology on this machine, with the limits of production, and puts the load\n"
        "of the specification on it: all rows of its load table at once. Prints each row with pass or fail.\n\n"
        f"scenarios:\n{scenarios}",
        epilog="Ends with 0 if every row and check passed, 1 if not, 2 if it could not run. Ctrl-C stops everything.\n"
        "docs/load.md says what each scenario does, and what was found.",
    )
    made.add_argument("scenario", choices=NAMES)
    made.add_argument("--minutes", type=_minutes, help="the length of each judged stage (endurance: 60)")
    made.add_argument("--traffic", type=float, default=1.0, help="times the table's traffic (%(default)s)")
    made.add_argument("--users", type=int, default=USERS, help="users of the API (%(default)s)")
    made.add_argument("--sockets", type=int, default=SOCKETS, help="sockets that watch the board (%(default)s)")
    made.add_argument("--api-processes", type=int, default=2, help="API processes (%(default)s)")
    made.add_argument("--output", type=Path, default=Path(".load"), help="folder for the reports (%(default)s)")
    made.add_argument("--json", action="store_true", help="print the result as JSON; progress goes to standard error")
    return made


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0 < minutes <= LONGEST_MINUTES:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most {LONGEST_MINUTES:.0f}")
    return minutes


def run(options: argparse.Namespace) -> int:
    """One run, with its reports. Returns the exit code."""
    say = partial(print, file=sys.stderr, flush=True)
    machine.check_files(options.users, options.sockets)
    output = options.output.resolve() / options.scenario
    output.mkdir(parents=True, exist_ok=True)
    head = {"scenario": options.scenario, **machine.describe(PROJECT)}
    say(", ".join(f"{name}: {value}" for name, value in head.items()))
    began = time.monotonic()
    with production_topology(
        api_processes=options.api_processes, gateway_limits=True, environment=LIMITS_ON
    ) as topology:
        plan = Plan(
            scenario_name=options.scenario,
            host=topology.gateway_url,
            live_url=topology.live_url,
            directory=str(output),
            users=options.users,
            sockets=options.sockets,
            traffic=options.traffic,
            seconds=options.minutes and options.minutes * 60,
        )
        prepare(topology, plan, say)
        try:
            result = Run(topology, plan, say).go()
        finally:
            (output / "tokens.txt").unlink(missing_ok=True)
    head["duration"] = f"{time.monotonic() - began:.0f} s, start and checks included"
    write(options, head, result, output)
    return 0 if report.has_passed(result) else 1


def write(options: argparse.Namespace, head: dict[str, str], result: Result, output: Path) -> None:
    """The reports, and one of them on standard output."""
    found = json.dumps(report.as_json(head, result), indent=1, ensure_ascii=False)
    tables = report.as_markdown(head, result)
    (output / "result.json").write_text(found + "\n", encoding="utf-8")
    (output / "result.md").write_text(tables, encoding="utf-8")
    report.plot_usage(result, output / "usage.svg")
    print(found if options.json else tables)
    print(f"Reports: {output}/result.md, result.json, usage.svg, and Locust's locust.html", file=sys.stderr)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(parser().parse_args())
    except (machine.TooFewFiles, MissingTool, StartError, SeedError, ClientFailed) as error:
        print(f"script/load: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
