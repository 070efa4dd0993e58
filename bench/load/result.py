"""What a run found."""

from dataclasses import dataclass, field
from typing import Any

from bench.load.table import Measured, first_broken


@dataclass(frozen=True)
class Second:
    """One second of a run, whether it is judged or not: times in ms, the push is the p99 of all sockets."""

    second: int
    asked: float
    answered: int
    p95: float
    failed: int
    sockets: int
    push: float


@dataclass
class Result:
    """`usage` has a line every ten seconds: `at`, `backends`, and each part's memory and files."""

    stages: list[Measured] = field(default_factory=list)
    seconds: list[Second] = field(default_factory=list)
    usage: list[dict[str, Any]] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)
    gateway_problems: dict[str, int] = field(default_factory=dict)
    recovery_seconds: list[int] = field(default_factory=list)
    is_stress: bool = False


def has_passed(result: Result) -> bool:
    """Whether everything held; stress, which goes on until something breaks, has to hold the table once."""
    stages = result.stages[:1] if result.is_stress else result.stages
    return bool(stages) and not first_broken(stages) and not any(result.checks.values())
