"""The detectors find the simulator's known cheats, and leave honest users alone, with the default thresholds."""

from pathlib import Path

import pytest

from action_types.selectors import ActiveActionTypes
from scores.simulation.past import imagine
from scores.simulation.quality import judge_detectors
from scores.simulation.record import record
from scores.tests.trust.detection.played import NOON
from scores.trust.detection.kinds import KINDS

DOCS = Path(__file__).resolve().parents[4] / "docs"


@pytest.mark.long
def test_nine_in_ten_flags_are_right_and_eight_in_ten_cheats_are_found(scoreboard: None) -> None:
    past = imagine(NOON, size=0.4)
    record(past.actions, {kind.action_type: kind.score_value for kind in ActiveActionTypes().ask()})
    found = judge_detectors(past)
    assert [each.kind for each in found] == list(KINDS)
    assert [each for each in found if each.precision < 0.9 or each.recall < 0.8] == []


def test_the_same_seed_imagines_the_same() -> None:
    once, again, other = (imagine(NOON, seed=seed, size=0.02) for seed in (1, 1, 2))
    assert once == again != other


def test_every_kind_has_cheats_and_a_row_in_the_docs() -> None:
    page = (DOCS / "trust.md").read_text(encoding="utf-8")
    assert set(imagine(NOON, size=0.02).cheats.values()) == set(KINDS)
    assert [kind for kind in KINDS if page.count(f"| `{kind}` |") != 2] == []
