"""A run's result as Markdown and JSON."""

from collections.abc import Mapping
from typing import Any

from bench.load.result import Result, has_passed
from bench.load.table import Measured, first_broken, rows
from bench.report.tables import paragraph, table


def as_markdown(head: Mapping[str, str], result: Result) -> str:
    """The table of all judged stages, what broke first, where processor time goes, and the checks."""
    judged = _one_stage(result.stages[0]) if len(result.stages) == 1 else _several_stages(result.stages)
    parts = [_sentence(head), judged, _verdict(result), _cores(result.stages)]
    parts += [_failures(stage) for stage in result.stages if stage.failures]
    if result.gateway_problems:
        parts.append(paragraph(f"The gateway's log: {_counted(result.gateway_problems)}."))
    if result.recovery_seconds:
        seconds = ", ".join(f"{seconds} s" for seconds in result.recovery_seconds)
        parts.append(f"After each burst p95 was at or below 100 ms, without a failure, within {seconds}.")
    parts.append("\n".join(f"- {name}: {problem or 'yes'}" for name, problem in result.checks.items()))
    return "\n\n".join(part for part in parts if part) + "\n"


def _sentence(head: Mapping[str, str]) -> str:
    return paragraph(
        f"Measured on {head['date']} at commit {head['commit']}, in {head['duration']}.",
        f"{head['machine']}, Python {head['python']}, clients and servers side by side. {head['load']}",
        "In brackets: the lowest and the highest ten seconds of the stage.",
    )


def _one_stage(stage: Measured) -> str:
    lines = [[row.name, row.target, row.seen, "pass" if row.passed else "**fail**"] for row in rows(stage)]
    return table([f"{stage.name}, {stage.seconds:.0f} s", "target", "seen", ""], lines)


def _several_stages(stages: list[Measured]) -> str:
    """A line for each stage; a cell that misses its target is bold."""
    lines = []
    for stage in stages:
        cells = [row.seen if row.passed else f"**{row.seen}**" for row in rows(stage)]
        verdict = "pass" if all(row.passed for row in rows(stage)) else "**fail**"
        lines.append([f"{stage.name}, {stage.seconds:.0f} s", *cells, verdict])
    return table(["stage", *(row.name for row in rows(stages[0])), ""], lines) if stages else ""


def _verdict(result: Result) -> str:
    broken = first_broken(result.stages)
    if not broken:
        return "Every row held in every stage."
    stage, names = broken
    gave_way = next((each.name for each in result.stages if each.is_broken), "")
    more = f" At {gave_way} it no longer kept up." if gave_way else ""
    return paragraph(f"**First broken at {stage.name}: {', '.join(names)}.**{more}")


def _cores(stages: list[Measured]) -> str:
    """The processor seconds a second of each part, and the times that the tables leave out."""
    parts = list(dict.fromkeys(part for stage in stages for part in stage.cores))
    lines = []
    for stage in stages:
        times, push = stage.times.percentile, stage.pushes.percentile
        cores = [*(stage.cores.get(part, 0.0) for part in parts), sum(stage.cores.values()), stage.other_cores]
        waited = [f"{times(0.5):.1f}", f"{times(0.99):.1f}", f"{push(0.5):.0f}", f"{push(1):.0f}"]
        lines.append([stage.name, *(f"{each:.2f}" for each in cores), *waited])
    heads = ["cores", *parts, "all of these", "other work", "API p50, ms", "p99, ms", "push p50, ms", "max, ms"]
    return table(heads, lines)


def _failures(stage: Measured) -> str:
    return paragraph(f"Failures at {stage.name}: {_counted(stage.failures)}.")


def _counted(problems: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in problems.items())


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
            "otherCores": round(stage.other_cores, 3),
        }
        for stage in result.stages
    ]
    return {
        **head,
        "passed": has_passed(result),
        "stages": stages,
        "recoverySeconds": result.recovery_seconds,
        "checks": result.checks,
        "gatewayProblems": result.gateway_problems,
        "seconds": [vars(second) for second in result.seconds],
        "usage": result.usage,
    }
