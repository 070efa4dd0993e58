"""What the lines that the clients print each second say, by stage and by second."""

from collections import Counter
from itertools import pairwise
from typing import Any

from bench.load.clients.mix import BOARD, UPDATE
from bench.load.plan import Plan
from bench.load.result import Second
from bench.load.samples import Times, merged
from bench.load.table import P95_MS, REQUESTS_A_SECOND, Measured, Window

WINDOW_SECONDS = 10

Line = dict[str, Any]


def times_of(line: Line) -> Times:
    """Those of all requests of the second."""
    return merged(Times(counts) for counts in line["times"].values())


def updates_in(line: Line) -> int:
    """The updates that were answered with success in this second."""
    failed: int = sum(count for name, count in line["failures"].items() if name.startswith(f"{UPDATE}:"))
    answered: int = sum(line["times"].get(UPDATE, {}).values())
    return answered - failed


def measured(plan: Plan, index: int, lines: list[Line], heard: list[Line]) -> Measured:
    """One stage, from the lines of both clients; counters of the servers are still to be filled in."""
    stage = plan.scenario.stages[index]
    boards = merged(Times(line["times"].get(BOARD)) for line in lines)
    failures: Counter[str] = sum((Counter(line["failures"]) for line in lines), Counter())
    times = merged(times_of(line) for line in lines)
    return Measured(
        name=stage.name,
        seconds=lines[-1]["at"] - lines[0]["at"] + 1,
        traffic=stage.traffic,
        asked_users=plan.users,
        asked_sockets=plan.sockets,
        users=min(line["users"] for line in lines),
        sockets=min((line["sockets"] for line in heard), default=0),
        requests=times.counts.total(),
        boards=boards.counts.total(),
        updates=sum(updates_in(line) for line in lines),
        failed=failures.total(),
        times=times,
        pushes=merged(Times(line["pushes"]) for line in heard),
        pushes_lost=sum(line["lost"] for line in heard),
        hits=0,
        misses=0,
        windows=windows(lines, heard),
        failures=dict(failures),
    )


def windows(lines: list[Line], heard: list[Line]) -> list[Window]:
    """The whole windows of ten seconds; one of all seconds if there are fewer."""
    size = min(WINDOW_SECONDS, len(lines))
    found = []
    for window in zip(*[iter(lines)] * size, strict=False):
        times = merged(times_of(line) for line in window)
        pushes = merged(Times(line["pushes"]) for line in heard if window[0]["at"] - 1 < line["at"] <= window[-1]["at"])
        seconds = window[-1]["at"] - window[0]["at"] + 1
        found.append(Window(times.counts.total() / seconds, times.percentile(0.95), pushes.percentile(0.99)))
    return found


def by_second(plan: Plan, lines: list[Line], heard: list[Line]) -> list[Second]:
    """The whole run, for plots."""
    pushes = {round(line["at"]): line for line in heard}
    found = []
    for line in lines:
        times = times_of(line)
        beside = pushes.get(round(line["at"]), {"sockets": 0, "pushes": {}})
        found.append(
            Second(
                second=line["second"],
                asked=REQUESTS_A_SECOND * plan.scenario.stages[line["stage"]].traffic,
                answered=times.counts.total(),
                p95=times.percentile(0.95),
                failed=sum(line["failures"].values()),
                sockets=beside["sockets"],
                push=Times(beside["pushes"]).percentile(0.99),
            )
        )
    return found


def recovery_seconds(lines: list[Line], traffic: list[float]) -> list[int]:
    """For each drop of the traffic: the seconds until p95 was on target, and nothing failed."""
    found: list[int] = []
    dropped_at: int | None = None
    for before, line in pairwise(lines):
        if traffic[line["stage"]] < traffic[before["stage"]]:
            dropped_at = before["second"]
        if dropped_at is not None and times_of(line).percentile(0.95) <= P95_MS and not line["failures"]:
            found.append(line["second"] - dropped_at)
            dropped_at = None
    return found
