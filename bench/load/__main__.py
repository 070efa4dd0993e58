"""`script/load`: reads the options, runs scenarios on a topology of this machine, and writes what was found."""

import argparse
import shutil
import sys
import time
from collections.abc import Iterable
from functools import partial

from bench.load import ledger, machine
from bench.load.clients.process import ClientFailed
from bench.load.ledger import SeedError
from bench.load.options import ALL, parser
from bench.load.plan import Plan
from bench.load.report.document import JSON, MARKDOWN, PAGE, write_document, write_reports
from bench.load.result import has_passed
from bench.load.run import LIMITS_ON, Run
from bench.load.scenarios import SHORT
from bench.report.conditions import conditions
from bench.topology.processes import StartError
from bench.topology.production import Topology, production_topology
from bench.topology.tools import MissingTool
from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.launcher.child import end_on_signals

say = partial(print, file=sys.stderr, flush=True)


def load(options: argparse.Namespace, scenarios: Iterable[str]) -> bool:
    """Run them in turn on one topology. Whether all of them passed."""
    machine.check_files(options.users, options.sockets)
    say("Starting the servers ...")
    with production_topology(
        api_processes=options.api_processes, gateway_limits=True, environment=LIMITS_ON
    ) as topology:
        say(f"Issuing {options.users + 1:,} tokens, and giving each user a score ...")
        tokens = topology.tokens(options.users + 1)
        ledger.seed(topology, options.users)
        passed = [_one(options, scenario, topology, tokens) for scenario in scenarios]
        return all(passed)


def _one(options: argparse.Namespace, scenario: str, topology: Topology, tokens: list[str]) -> bool:
    folder = options.output.resolve() / scenario
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    plan = Plan(
        scenario_name=scenario,
        host=topology.gateway_url,
        live_url=topology.live_url,
        directory=str(folder),
        users=options.users,
        sockets=options.sockets,
        traffic=options.traffic,
        seconds=options.minutes and options.minutes * 60,
    )
    say(f"{scenario}: {plan.scenario.meaning}")
    began = time.monotonic()
    try:
        result = Run(topology, plan, say).go(tokens)
    finally:
        plan.tokens_file.unlink(missing_ok=True)
    seconds = time.monotonic() - began
    head = {"scenario": scenario, **conditions(), "duration": f"{seconds:.0f} s, connecting and checks included"}
    write_reports(head | {"load": plan.describe(options.api_processes)}, result, folder)
    return has_passed(result)


def main() -> int:
    options = parser().parse_args()
    end_on_signals()
    scenarios = SHORT if options.scenario == ALL else (options.scenario,)
    try:
        passed = True if options.reuse else load(options, scenarios)
        for scenario in scenarios:
            _show(options, scenario)
    except (machine.TooFewFiles, MissingTool, StartError, SeedError, ClientFailed, EmbeddedError, OSError) as error:
        print(f"script/load: {error}", file=sys.stderr)
        return 2
    return 0 if passed else 1


def _show(options: argparse.Namespace, scenario: str) -> None:
    folder = options.output.resolve() / scenario
    print((folder / (JSON if options.json else MARKDOWN)).read_text(encoding="utf-8"))
    if options.write_docs:
        write_document(scenario, folder)
    say(f"Reports: {folder}/{PAGE}, and Locust's locust.html")


if __name__ == "__main__":
    sys.exit(main())
