"""The detectors find the simulator's known cheats, and leave honest users alone, with the default thresholds."""

from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from action_types.selectors import ActiveActionTypes
from scoreboard_project.testing.threads import in_threads
from scores.models import Detector, Flag
from scores.simulation.cheats import CHEATS
from scores.simulation.past import imagine
from scores.simulation.quality import judge_detectors
from scores.simulation.record import record
from scores.tests.trust.detection.played import NOON
from scores.trust.detection.kinds import KINDS
from scores.trust.detection.scan import SETTLE, detect_new
from scores.trust.detection.windows import HOUR

DOCS = Path(__file__).resolve().parents[4] / "docs"


@pytest.mark.long
def test_nine_in_ten_flags_are_right_and_eight_in_ten_cheats_are_found(scoreboard: None) -> None:
    past = imagine(NOON, size=0.25, hours=8)
    record(past.actions, {kind.action_type: kind.score_value for kind in ActiveActionTypes().ask()})
    found = judge_detectors(past)
    assert [each.kind for each in found] == list(KINDS)
    assert [each for each in found if each.precision < 0.9 or each.recall < 0.8] == []
    assert_two_workers_find_the_same(past.last_day + HOUR, past.last_day + 3 * HOUR)


def assert_two_workers_find_the_same(since: datetime, until: datetime) -> None:
    """Again for some hours, by two workers that are interrupted and away in turn."""
    undisturbed = flags()
    Flag.objects.filter(seen_from__gte=since, seen_until__lte=until).delete()
    assert len({kind for kind, *_ in set(undisturbed) - set(flags())}) > 3
    for kind in KINDS:
        Detector.objects.update_or_create(pk=kind, defaults={"looked_until": since})
    while Detector.objects.filter(looked_until__lt=until).exists():
        in_threads(work_for_a_while, [until + SETTLE] * 2)
    assert flags() == undisturbed


def work_for_a_while(now: datetime) -> int:
    dice = Random()
    return detect_new(now, lambda: dice.random() < 0.95)


def flags() -> list[tuple[str, str, datetime, str]]:
    rows = Flag.objects.order_by("kind", "user_id", "day").values_list("kind", "user_id", "seen_from", "evidence")
    return [(kind, user_id, seen, str(evidence)) for kind, user_id, seen, evidence in rows]


def test_the_same_seed_imagines_the_same() -> None:
    assert imagine(NOON, size=0, hours=1) == imagine(NOON, size=0, hours=1)


def test_every_kind_has_known_cheats_and_two_rows_in_the_docs() -> None:
    page = (DOCS / "trust.md").read_text(encoding="utf-8")
    assert set(CHEATS) == set(KINDS)
    assert [kind for kind in KINDS if page.count(f"| `{kind}` |") != 2] == []
