"""A run's result as Markdown, JSON and plots."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.load.run import Result
from bench.load.table import Measured, first_broken, rows

MIB = 1 << 20
mpl.rcParams["svg.hashsalt"] = "scoreboard"


def as_markdown(head: Mapping[str, str], result: Result) -> str:
    """The tables of all judged stages, what broke first, and the checks."""
    parts = ["\n".join(f"- {name}: {value}" for name, value in head.items())]
    parts += [_stage_table(stage) for stage in result.stages]
    if broken := first_broken(result.stages):
        stage, names = broken
        parts.append(f"First broken at {stage.name}: {', '.join(names)}.")
    else:
        parts.append("Every row held in every stage.")
    if result.recovery_seconds:
        seconds = ", ".join(f"{seconds} s" for seconds in result.recovery_seconds)
        parts.append(f"After each burst p95 was at or below 100 ms, without a failure, within {seconds}.")
    parts.append("\n".join(f"- {name}: {problem or 'yes'}" for name, problem in result.checks.items()))
    return "\n\n".join(parts) + "\n"


def _stage_table(stage: Measured) -> str:
    lines = [f"{stage.name}, {stage.seconds:.0f} s", "", "| row | target | seen | |", "|---|---|---|---|"]
    lines += [f"| {row.name} | {row.target} | {row.seen} | {_verdict(passed=row.passed)} |" for row in rows(stage)]
    times, pushes = stage.times, stage.pushes
    lines += ["", f"API p50 {times.percentile(0.5):.1f}, p99 {times.percentile(0.99):.1f} ms."]
    lines += [
        f"Push p50 {pushes.percentile(0.5):.0f}, p95 {pushes.percentile(0.95):.0f}, max {pushes.percentile(1):.0f} ms."
    ]
    lines += [f"Cores: {', '.join(f'{part} {cores:.2f}' for part, cores in stage.cores.items())}."]
    if stage.failures:
        lines.append(f"Failures: {', '.join(f'{name} ({count:,})' for name, count in stage.failures.items())}.")
    return "\n".join(lines)


def _verdict(*, passed: bool) -> str:
    return "pass" if passed else "**fail**"


def as_json(head: Mapping[str, str], result: Result) -> dict[str, Any]:
    """The same for programs; `passed` is about all rows of all stages and all checks."""
    stages = [
        {
            "name": stage.name,
            "seconds": round(stage.seconds, 1),
            "traffic": stage.traffic,
            "rows": [vars(row) for row in rows(stage)],
            "isBroken": stage.is_broken,
            "failures": stage.failures,
            "cores": {part: round(cores, 3) for part, cores in stage.cores.items()},
        }
        for stage in result.stages
    ]
    return {
        **head,
        "passed": has_passed(result),
        "stages": stages,
        "recoverySeconds": result.recovery_seconds,
        "checks": result.checks,
        "usage": result.usage,
    }


def has_passed(result: Result) -> bool:
    return bool(result.stages) and not first_broken(result.stages) and not any(result.checks.values())


def plot_usage(result: Result, path: Path) -> None:
    """Memory, open files and PostgreSQL's backends over time, as an SVG."""
    if not result.usage:
        return
    minutes = [line["at"] / 60 for line in result.usage]
    figure = Figure(figsize=(9, 8), layout="constrained")
    memory, files, backends = figure.subplots(3, 1, sharex=True)
    for part in result.usage[0]["parts"]:
        used = [line["parts"].get(part, {"memory": 0, "files": 0}) for line in result.usage]
        memory.plot(minutes, [each["memory"] / MIB for each in used], label=part)
        files.plot(minutes, [each["files"] for each in used], label=part)
    backends.plot(minutes, [line["backends"] for line in result.usage])
    memory.set_ylabel("memory (PSS), MiB")
    files.set_ylabel("open files")
    backends.set_ylabel("PostgreSQL backends")
    backends.set_xlabel("minutes")
    memory.legend(loc="upper left", bbox_to_anchor=(1, 1))
    for axes in (memory, files, backends):
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})
