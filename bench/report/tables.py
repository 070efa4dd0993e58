"""The tables of a session, in Markdown."""

from collections.abc import Iterable
from textwrap import fill

from bench.measures.wrk import REQUESTS
from bench.report.figures import Figure, Results

OURS = "scoreboard"
LINE_LENGTH = 120
PART_COLUMNS = ("api", "live", "worker", "gateway", "postgresql", "valkey", "client")
READS = ("page", "user", "around", "history", "daily")


def report(results: Results) -> str:
    """Everything, with a heading for each table."""
    sections = [
        ("Updates", comparison(results, "update", ("peer", "pgbench", "empty"))),
        ("Cached reads", comparison(results, "board", ("peer", "empty"))),
        ("Deep reads", _rates(results, READS, ("empty",))),
        ("Batches", _batches(results)),
        ("Actions over sockets", _sockets(results)),
        ("Through the gateway", _gateway(results)),
        ("Processor time", _processor(results)),
        ("Memory", _memory(results)),
    ]
    parts = [f"### {title}\n\n{table}" for title, table in sections if table]
    return "\n\n".join([_conditions(results), *parts])


def paragraph(*sentences: str) -> str:
    """The sentences in lines of the length that the documents have."""
    return fill(" ".join(sentences), LINE_LENGTH, break_long_words=False, break_on_hyphens=False)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table, or "" without rows."""
    heads, lines = list(heads), [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *lines]) if lines else ""


def shown(figure: Figure | None, digits: int = 0) -> str:
    """A median with its spread: 2,876 ±4 %."""
    return f"{figure.median:,.{digits}f} ±{figure.spread:.0%}".replace("%", " %") if figure else ""


def comparison(results: Results, measure: str, others: tuple[str, ...]) -> str:
    """Our server and each other one, by connections."""
    present = [name for name in others if any(key[2] == name and key[0] in {measure, "empty"} for key in results.runs)]
    heads = ["connections", "server", "requests a second", "p50, ms", "p95, ms", "p99, ms"]
    rows = [
        [
            str(connections),
            server,
            *_figures(results, key),
            *(shown(results.ratio(key, _key(name, measure, connections)), 2) for name in present if server == OURS),
            *("" for _ in present if server != OURS),
        ]
        for connections in _connections(results, measure)
        for server in (OURS, *present)
        if (key := _key(server, measure, connections)) in results.runs
    ]
    return table([*heads, *(f"ratio to {name}" for name in present)], rows)


def _rates(results: Results, measures: Iterable[str], others: tuple[str, ...]) -> str:
    heads = ["request", "connections", "requests a second", "p50, ms", "p95, ms", "p99, ms"]
    rows = [
        [
            REQUESTS[measure][0],
            str(connections),
            *_figures(results, key),
            *(shown(results.ratio(key, _key(name, measure, connections)), 2) for name in others),
        ]
        for measure in measures
        for connections in _connections(results, measure)
        if (key := (measure, connections, OURS)) in results.runs
    ]
    return table([*heads, *(f"ratio to {name}" for name in others)], rows)


def _batches(results: Results) -> str:
    heads = ["actions in a batch", "connections", "actions a second", "p50, ms", "p95, ms", "p99, ms"]
    rows = []
    for measure, connections, server in results.runs:
        if measure.startswith("batch-"):
            key, size = (measure, connections, server), int(measure.partition("-")[2])
            rate = results.figure(key, "rate")
            actions = Figure(rate.median * size, rate.spread) if rate else None
            rows.append([f"{size:,}", str(connections), shown(actions), *_figures(results, key)[1:]])
    return table(heads, rows)


def _sockets(results: Results) -> str:
    heads = ["sockets", "actions a second", "p50, ms", "p95, ms", "p99, ms", "ratio to the peer's `PUT`"]
    rows = [
        [str(sockets), *_figures(results, key), shown(results.ratio(key, ("update", sockets, "peer")), 2)]
        for sockets in _connections(results, "sockets")
        if (key := ("sockets", sockets, OURS))
    ]
    return table(heads, rows)


def _gateway(results: Results) -> str:
    heads = ["request", "connections", "requests a second", "p50, ms", "p95, ms", "p99, ms", "ratio to none"]
    rows = [
        [REQUESTS[measure][0], str(connections), *_figures(results, key), shown(results.ratio(key, direct), 2)]
        for measure, connections, server in results.runs
        if server == "gateway" and (key := (measure, connections, server)) and (direct := (measure, connections, OURS))
    ]
    return table(heads, rows)


def _processor(results: Results) -> str:
    rows = []
    for (measure, connections, server), runs in results.runs.items():
        if connections not in {8, 32} or not runs[0].processor or server == "empty":
            continue
        if connections == 8 and not measure.startswith("batch-"):
            continue
        used = results.processor((measure, connections, server))
        cells = [f"{used[part] * 1e6:,.0f}" if part in used else "" for part in PART_COLUMNS]
        rows.append([named(measure), server, str(connections), *cells, f"{sum(used.values()) * 1e6:,.0f}"])
    return table(["request", "server", "connections", *(f"{part}, µs" for part in PART_COLUMNS), "all, µs"], rows)


def _memory(results: Results) -> str:
    rows = [
        [moment, *(f"{used[part]:,.0f}" if part in used else "" for part in PART_COLUMNS[:-1])]
        for moment, used in results.memory.items()
    ]
    return table(["MiB", *PART_COLUMNS[:-1]], rows)


def named(measure: str) -> str:
    """What the measure is in a table or a plot."""
    return REQUESTS[measure][0] if measure in REQUESTS else "an action over a socket"


def _conditions(results: Results) -> str:
    found = results.conditions
    return paragraph(
        f"Measured on {found['date']} at commit {found['commit']}.",
        f"{found['machine']}, Python {found['python']}, client and servers side by side.",
        f"{found['runs']}, servers in turn.",
        "A figure is the median of its runs, and ± is how far a run lies from it at most.",
    )


def _figures(results: Results, key: tuple[str, int, str]) -> list[str]:
    return [shown(results.figure(key, name), 1 if name != "rate" else 0) for name in ("rate", "p50", "p95", "p99")]


def _key(server: str, measure: str, connections: int) -> tuple[str, int, str]:
    """The empty application answers every request alike, so it is measured once for each number of connections."""
    return ("empty" if server == "empty" else measure, connections, server)


def _connections(results: Results, measure: str) -> list[int]:
    return sorted({key[1] for key in results.runs if key[0] == measure and key[2] == OURS})
