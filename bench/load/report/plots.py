"""A run over time, as SVG."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.load.result import Result
from bench.load.table import P95_MS, PUSH_MS

MIB = 1 << 20
mpl.rcParams.update({"svg.hashsalt": "scoreboard", "svg.fonttype": "none", "font.family": "sans-serif"})


def write_plots(result: Result, folder: Path) -> dict[str, str]:
    """Writes load.svg and usage.svg. Returns the title of each."""
    plots = {
        "load.svg": ("Requests and times, by seconds", _load(result)),
        "usage.svg": ("Memory, files and PostgreSQL's backends, by minutes", _usage(result.usage)),
    }
    for name, (_title, figure) in plots.items():
        figure.savefig(folder / name, metadata={"Date": None}, facecolor="white")
    return {name: title for name, (title, _figure) in plots.items()}


def _load(result: Result) -> Figure:
    figure = Figure(figsize=(9, 7), layout="constrained")
    rate, p95, push = figure.subplots(3, 1, sharex=True)
    at = [each.second for each in result.seconds]
    rate.plot(at, [each.asked for each in result.seconds], color="#8c959f", label="asked", drawstyle="steps-mid")
    rate.plot(at, [each.answered for each in result.seconds], color="#1f6feb", label="answered")
    rate.plot(at, [each.failed for each in result.seconds], color="#cf222e", label="failed")
    for axes, times, target in (
        (p95, [each.p95 for each in result.seconds], P95_MS),
        (push, [each.push for each in result.seconds], PUSH_MS),
    ):
        axes.plot(at, times, color="#1f6feb")
        axes.axhline(target, color="#cf222e", linestyle=":", label="target")
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}")
    push.set_xlabel("seconds")
    _label(rate, "requests a second")
    _label(p95, "API p95, ms")
    _label(push, "push p99, ms")
    return figure


def _usage(usage: list[dict[str, Any]]) -> Figure:
    minutes = [line["at"] / 60 for line in usage]
    figure = Figure(figsize=(9, 7), layout="constrained")
    memory, files, backends = figure.subplots(3, 1, sharex=True)
    for part in usage[0]["parts"] if usage else ():
        used = [line["parts"].get(part, {"memory": 0, "files": 0}) for line in usage]
        memory.plot(minutes, [each["memory"] / MIB for each in used], label=part)
        files.plot(minutes, [each["files"] for each in used], label=part)
    backends.plot(minutes, [line["backends"] for line in usage], label="postgresql")
    for axes in (memory, files, backends):
        axes.set_ylim(bottom=0)
    backends.set_xlabel("minutes")
    _label(memory, "memory (PSS), MiB")
    _label(files, "open files")
    _label(backends, "PostgreSQL backends")
    return figure


def _label(axes: Axes, upwards: str) -> None:
    axes.set_ylabel(upwards)
    axes.grid(visible=True, alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
