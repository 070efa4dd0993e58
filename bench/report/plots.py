"""The plots of a session, as SVG."""

from functools import partial
from pathlib import Path

import matplotlib as mpl

from bench.report.figures import Results
from bench.report.tables import OURS, PART_COLUMNS, named

mpl.use("svg")
mpl.rcParams.update(
    {"svg.fonttype": "none", "svg.hashsalt": "scoreboard", "font.family": "sans-serif", "font.size": 11}
)

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = {OURS: "#1f6feb", "peer": "#d9730d", "pgbench": "#57606a", "empty": "#8c959f", "gateway": "#2da44e"}
PART_COLOURS = ("#1f6feb", "#79b8ff", "#8250df", "#2da44e", "#57606a", "#d9730d", "#d0d7de")
PARTS = dict(zip(PART_COLUMNS, PART_COLOURS, strict=True))


def write_plots(results: Results, folder: Path) -> dict[str, str]:
    """Writes a plot of whatever was measured. Returns the title of each file."""
    plots = (
        ("update", "bench-updates.svg", "Updates a second, by connections", partial(_rates, measure="update")),
        ("board", "bench-reads.svg", "Cached boards a second, by connections", partial(_rates, measure="board")),
        ("update", "bench-latency.svg", "How long an update takes: p50, p95 and p99", _latency),
        ("update", "bench-processor-time.svg", "Processor time of a request, by part", _processor),
    )
    measured = {key[0] for key in results.runs}
    written = {}
    for measure, name, title, draw in plots:
        if measure in measured:
            figure = draw(results)
            figure.axes[0].set_title(title, loc="left")
            figure.savefig(folder / name, metadata={"Date": None}, bbox_inches="tight", facecolor="white")
            plt.close(figure)
            written[name] = title
    return written


def _rates(results: Results, *, measure: str) -> Figure:
    figure, axes = plt.subplots(figsize=(8, 4))
    for server, colour in COLOURS.items():
        name = "empty" if server == "empty" and measure == "board" else measure
        points = sorted(key for key in results.runs if key[0] == name and key[2] == server)
        if len(points) > 1 or (points and server != "gateway"):
            rates = [[run.rate for run in results.runs[key]] for key in points]
            middle = [found.median for key in points if (found := results.figure(key, "rate"))]
            low = [value - min(runs) for value, runs in zip(middle, rates, strict=True)]
            high = [max(runs) - value for value, runs in zip(middle, rates, strict=True)]
            where = [str(key[1]) for key in points]
            axes.errorbar(where, middle, [low, high], marker="o", capsize=3, color=colour, label=server)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    _label(axes, "connections", "requests a second")
    return figure


def _latency(results: Results) -> Figure:
    figure, axes = plt.subplots(figsize=(8, 4))
    for server in (OURS, "peer"):
        points = sorted(key for key in results.runs if key[0] == "update" and key[2] == server)
        for part, style in (("p50", "-"), ("p95", "--"), ("p99", ":")):
            middle = [found.median for key in points if (found := results.figure(key, part))]
            if middle:
                where = [str(key[1]) for key in points]
                axes.plot(where, middle, style, marker="o", color=COLOURS[server], label=f"{server}, {part}")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    _label(axes, "connections", "ms")
    return figure


def _processor(results: Results) -> Figure:
    chosen = [
        key
        for key in results.runs
        if key[1] == 32 and key[2] in {OURS, "peer"} and not key[0].startswith("batch") and results.processor(key)
    ]
    figure, axes = plt.subplots(figsize=(8, 0.42 * max(4, len(chosen)) + 1))
    rows = [f"{named(measure).replace('`', '')}{'' if server == OURS else ', peer'}" for measure, _, server in chosen]
    left = [0.0] * len(chosen)
    for part, colour in PARTS.items():
        widths = [results.processor(key).get(part, 0.0) * 1e6 for key in chosen]
        axes.barh(rows, widths, left=left, color=colour, label=part)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter("{x:,.0f}")
    _label(axes, "µs a request, with 32 connections", "")
    return figure


def _label(axes: Axes, across: str, upwards: str) -> None:
    axes.set_xlabel(across)
    axes.set_ylabel(upwards)
    axes.grid(visible=True, alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
