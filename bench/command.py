"""`script/bench`: reads the options, measures, and writes what was found."""

import argparse
import sys
from dataclasses import replace

from bench.comparison import compare
from bench.measures.wrk import LoadError
from bench.options import parser
from bench.report.conditions import conditions
from bench.report.document import DOCS, write_document
from bench.report.figures import Results
from bench.report.plots import write_plots
from bench.report.tables import report
from bench.session import QUICK, Plan, measure, starting_session
from bench.topology.processes import StartError
from bench.topology.tools import MissingTool, find_tool, has_tool
from scoreboard_project.embedded.failure import EmbeddedError
from scoreboard_project.launcher.child import end_on_signals


def main() -> int:
    options = parser().parse_args()
    end_on_signals()
    try:
        if options.compare:
            print(compare(options.compare, runs=options.runs or 6, seconds=options.seconds or 3.0, say=say))
            return 0
        results = Results.read_all(options.from_json) if options.from_json else _measured(options)
    except (StartError, LoadError, MissingTool, EmbeddedError, OSError) as error:
        print(f"script/bench: {error}", file=sys.stderr)
        return 1
    if options.json:
        results.write(options.json)
    print(report(results))
    if options.write_docs:
        write_document(results, write_plots(results, DOCS / "images"))
    return 0


def say(line: str) -> None:
    """Progress, away from the tables."""
    print(line, file=sys.stderr, flush=True)


def _measured(options: argparse.Namespace) -> Results:
    plan = QUICK if options.quick else Plan()
    chosen = {name: value for name in ("runs", "seconds") if (value := getattr(options, name))}
    plan = replace(plan, measures=options.measure or plan.measures, **chosen)
    for tool in ("wrk", *(("node", "npm") if options.peer else ())):
        find_tool(tool)
    if not options.peer:
        say("No --peer is given: the peer's rows are left out.")
    if not has_tool("nginx"):
        say("nginx is not installed: the gateway's rows are left out.")
    say("Starting the servers ...")
    results = Results({**conditions(), "runs": f"{plan.runs} runs of {plan.seconds:g} s"})
    with starting_session(plan, options.peer, gateway=has_tool("nginx")) as session:
        measure(session, results, say)
    return results


if __name__ == "__main__":
    sys.exit(main())
