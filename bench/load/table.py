"""The specification's load table, and whether a stage held it."""

from dataclasses import dataclass, field

from bench.load.samples import Times

REQUESTS_A_SECOND, BOARD_READS_A_SECOND, UPDATES_A_MINUTE = 1000, 200, 500
SOCKETS, USERS = 5000, 10_000
P95_MS, PUSH_MS, CACHE_HITS = 100.0, 500.0, 0.95
# The specification has no row for errors. Without one a server that refuses everything would be a fast one.
FAILED_SHARE = 0.001
# Below this share of the asked rate, or above that share of failures, a stage is broken: stress ends there.
KEPT_UP, BROKEN_SHARE = 0.9, 0.01


@dataclass(frozen=True)
class Window:
    """Ten seconds of a stage: requests a second, the p95 of their times, and the p99 of the pushes, in ms."""

    rate: float
    p95: float
    push: float


@dataclass
class Measured:
    """What one stage showed, and what was asked: `traffic` times the table, of so many users and sockets."""

    name: str
    seconds: float
    traffic: float
    asked_users: int
    asked_sockets: int
    users: int
    sockets: int
    requests: int
    boards: int
    updates: int
    failed: int
    times: Times
    pushes: Times
    pushes_lost: int
    hits: int
    misses: int
    windows: list[Window] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    cores: dict[str, float] = field(default_factory=dict)
    other_cores: float = 0.0

    @property
    def is_broken(self) -> bool:
        asked = REQUESTS_A_SECOND * self.traffic * self.seconds
        return self.requests < KEPT_UP * asked or self.failed > BROKEN_SHARE * max(1, self.requests)


@dataclass(frozen=True)
class Row:
    """One row of the table: what was asked, what was seen, both as text, and whether it passed."""

    name: str
    target: str
    seen: str
    passed: bool


def rows(stage: Measured) -> list[Row]:
    """The table for a stage; rates are times its traffic. In brackets: its lowest and highest ten seconds."""
    hit_share = stage.hits / max(1, stage.hits + stage.misses)
    failed_share = stage.failed / max(1, stage.requests)
    p95, push = stage.times.percentile(0.95), stage.pushes.percentile(0.99)
    pushed = bool(stage.pushes.counts) or not stage.asked_sockets
    rate = _at_least("requests a second", REQUESTS_A_SECOND * stage.traffic, stage.requests / stage.seconds)
    return [
        Row(rate.name, rate.target, rate.seen + _spread([each.rate for each in stage.windows]), rate.passed),
        _at_least("board reads a second", BOARD_READS_A_SECOND * stage.traffic, stage.boards / stage.seconds),
        _at_least("updates a minute", UPDATES_A_MINUTE * stage.traffic, stage.updates / stage.seconds * 60),
        _at_least("sockets subscribed", stage.asked_sockets, stage.sockets),
        _at_least("users", stage.asked_users, stage.users),
        Row(
            "API p95",
            f"≤ {P95_MS:.0f} ms",
            f"{p95:.1f} ms" + _spread([each.p95 for each in stage.windows], 1),
            p95 <= P95_MS and bool(stage.times.counts),
        ),
        Row(
            "push, p99 of all sockets",
            f"≤ {PUSH_MS:.0f} ms, none lost",
            f"{push:.0f} ms"
            + _spread([each.push for each in stage.windows])
            + (f", {stage.pushes_lost:,} lost" if stage.pushes_lost else ""),
            push <= PUSH_MS and not stage.pushes_lost and pushed,
        ),
        Row("cache hits", f"≥ {CACHE_HITS:.0%}", f"{hit_share:.1%}", hit_share >= CACHE_HITS),
        Row("failed requests", f"≤ {FAILED_SHARE:.1%}", f"{failed_share:.2%}", failed_share <= FAILED_SHARE),
    ]


def _at_least(name: str, target: float, seen: float) -> Row:
    return Row(name, f"≥ {target:,.0f}", f"{seen:,.0f}", seen >= target)


def _spread(values: list[float], digits: int = 0) -> str:
    return f" ({min(values):,.{digits}f}–{max(values):,.{digits}f})" if values else ""


def first_broken(stages: list[Measured]) -> tuple[Measured, list[str]] | None:
    """The first stage with a row that failed, and the names of its failed rows."""
    for stage in stages:
        if failed := [row.name for row in rows(stage) if not row.passed]:
            return stage, failed
    return None
