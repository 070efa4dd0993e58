"""The five scenarios of the specification, as stages: how long, and how many times the traffic of its load table."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

USERS_A_SECOND = 500.0
SETTLE_SECONDS = 15.0
STRESS_STEPS, STRESS_SECONDS = 20, 20.0


@dataclass(frozen=True)
class Stage:
    """A time of even load. `traffic` 1 is the table's; what is not judged only warms up or lets things settle."""

    name: str
    seconds: float
    traffic: float
    is_judged: bool = True


@dataclass(frozen=True)
class Scenario:
    """Stages in turn. `stops_when_broken`: the first stage that cannot keep up is the last."""

    name: str
    meaning: str
    stages: tuple[Stage, ...]
    stops_when_broken: bool = False

    @property
    def seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages)

    def stage_at(self, seconds: float) -> int | None:
        """The index of the stage that is on, so long after the start; None after the last."""
        ends = accumulate(stage.seconds for stage in self.stages)
        return next((index for index, end in enumerate(ends) if seconds < end), None)


def make_scenario(name: str, *, seconds: float | None = None, traffic: float = 1.0, users: int = 10_000) -> Scenario:
    """The scenario of this name. `seconds` replaces the length of each judged stage; all traffic is times `traffic`."""
    meaning, stages, stops = _SCENARIOS[name]
    warm_up = Stage("warm-up", users / USERS_A_SECOND + SETTLE_SECONDS, 1.0, is_judged=False)
    found = [warm_up, *stages()]
    return Scenario(name, meaning, tuple(_scaled(found, seconds, traffic)), stops)


def _scaled(stages: list[Stage], seconds: float | None, traffic: float) -> Iterator[Stage]:
    for stage in stages:
        length = seconds if seconds and stage.is_judged else stage.seconds
        name = stage.name.replace(f"{stage.traffic:g}×", f"{stage.traffic * traffic:g}×")
        yield Stage(name, length, stage.traffic * traffic, stage.is_judged)


def _baseline() -> list[Stage]:
    return [Stage("1×", 120, 1)]


def _peak() -> list[Stage]:
    return [Stage("1×", 30, 1), Stage("3×", 180, 3)]


def _spike() -> list[Stage]:
    calm, burst, after = Stage("1×", 30, 1), Stage("10×", 30, 10), Stage("recovering", 10, 1, is_judged=False)
    return [calm, burst, after, Stage("1× again", 30, 1), burst, after, Stage("1× at the end", 30, 1)]


def _stress() -> list[Stage]:
    return [Stage(f"{step}×", STRESS_SECONDS, step) for step in range(1, STRESS_STEPS + 1)]


def _endurance() -> list[Stage]:
    return [Stage("1×", 3600, 1)]


_SCENARIOS = {
    "baseline": ("the load table, all of its rows at once", _baseline, False),
    "peak": ("three times the traffic, sustained", _peak, False),
    "spike": ("ten times the traffic, twice, in short bursts", _spike, False),
    "stress": ("one more times the traffic each 20 s, until requests fail or the rate falls behind", _stress, True),
    "endurance": ("the load table for an hour, or as long as you say", _endurance, False),
}
NAMES = tuple(_SCENARIOS)
SHORT = tuple(name for name in NAMES if name != "endurance")
MEANINGS = {name: meaning for name, (meaning, _, _) in _SCENARIOS.items()}
