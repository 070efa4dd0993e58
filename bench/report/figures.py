"""Results of a session: every run by measure, number of connections and server; medians and their spread."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from bench.measures.run import Run


@dataclass(frozen=True)
class Figure:
    """A median, and how far the runs lie from it at most, as a part of it."""

    median: float
    spread: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        median = statistics.median(values)
        return cls(median, max(abs(value - median) for value in values) / median if median else 0.0)


@dataclass
class Results:
    """`runs` has the runs of each (measure, connections, server), in the order of the turns: the first run of each
    belongs to the first turn. `memory` is in MiB, by server and part, before and after the load."""

    conditions: dict[str, str] = field(default_factory=dict)
    runs: dict[tuple[str, int, str], list[Run]] = field(default_factory=dict)
    memory: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, measure: str, connections: int, server: str, run: Run) -> None:
        self.runs.setdefault((measure, connections, server), []).append(run)

    def leave_out(self, measure: str, connections: int) -> None:
        """Forget the runs of all servers: those of the others have nothing to be compared with."""
        self.runs = {key: runs for key, runs in self.runs.items() if key[:2] != (measure, connections)}

    def figure(self, key: tuple[str, int, str], name: str) -> Figure | None:
        """The rate, p50, p95 or p99; None where that was not measured."""
        return Figure.of([getattr(run, name) for run in self.runs[key]]) if key in self.runs else None

    def ratio(self, key: tuple[str, int, str], other: tuple[str, int, str]) -> Figure | None:
        """How many times the rate of the other, turn by turn: pieces of a session may have more turns than others."""
        if key not in self.runs or other not in self.runs:
            return None
        return Figure.of(
            [run.rate / beside.rate for run, beside in zip(self.runs[key], self.runs[other], strict=False)]
        )

    def processor(self, key: tuple[str, int, str]) -> dict[str, float]:
        """The median of the seconds of processor time a request, by part."""
        runs = self.runs.get(key, [])
        parts = {part: None for run in runs for part in run.processor}
        return {part: statistics.median(run.processor.get(part, 0.0) for run in runs) for part in parts}

    def write(self, path: Path) -> None:
        """As JSON."""
        rows = [
            {"measure": measure, "connections": connections, "server": server, "runs": [asdict(run) for run in runs]}
            for (measure, connections, server), runs in self.runs.items()
        ]
        text = json.dumps({"conditions": self.conditions, "figures": rows, "memory": self.memory}, indent=1)
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read_all(cls, paths: Iterable[Path]) -> Self:
        """The results of several sessions. Of the same figure, that of the last one counts."""
        whole = cls()
        said: dict[str, dict[str, None]] = {}
        for one in map(cls.read, paths):
            whole.runs.update(one.runs)
            whole.memory.update(one.memory)
            for name, value in one.conditions.items():
                said.setdefault(name, {})[value] = None
        whole.conditions = {name: ", ".join(values) for name, values in said.items()}
        return whole

    @classmethod
    def read(cls, path: Path) -> Self:
        """What `write` wrote."""
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        runs = {
            (row["measure"], row["connections"], row["server"]): [Run(**run) for run in row["runs"]]
            for row in found["figures"]
        }
        return cls(found["conditions"], runs, found["memory"])
