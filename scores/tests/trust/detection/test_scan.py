"""Detection is the same whenever and however often it runs, and a detector that fails stops no other."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.threads import in_threads
from scores.models import Detector, Flag, UserScore
from scores.tests.trust.detection.played import NOON, every, nothing_is_usual, play
from scores.trust.detection import scan
from scores.trust.detection.findings import Kind
from scores.trust.detection.holds import hold_flagged
from scores.trust.detection.kinds import KINDS
from scores.trust.detection.scan import SETTLE, detect_again, detect_new
from scores.trust.detection.windows import TEN_MINUTES

HOUR = timedelta(hours=1)
NOW = NOON + 2 * HOUR


def flags() -> list[tuple[Any, ...]]:
    return list(
        Flag.objects.order_by("user_id", "kind", "day").values_list("user_id", "kind", "day", "seen_from", "evidence")
    )


@pytest.fixture
def cheats(scoreboard: None) -> None:
    nothing_is_usual()
    begin(*KINDS)
    for number in range(3):
        play(f"mallory-{number}", every(4, 300, since=NOON + number * TEN_MINUTES))


def begin(*kinds: str) -> None:
    for kind in kinds:
        Detector.objects.update_or_create(pk=kind, defaults={"looked_until": NOON})


def test_it_goes_on_where_it_stopped(cheats: None) -> None:
    detect_new(NOW)
    undisturbed = flags()
    assert undisturbed
    Flag.objects.all().delete()
    begin(*KINDS)
    dice = Random(1)
    while Detector.objects.filter(looked_until__lt=NOON + HOUR).exists():
        detect_new(NOW, lambda: dice.random() < 0.9)
    assert flags() == undisturbed
    assert detect_new(NOW) == 0


def test_two_at_once_flag_nothing_twice(cheats: None) -> None:
    made = in_threads(detect_new, [NOW, NOW])
    assert sum(made) == Flag.objects.count() == len(set(Flag.objects.values_list("user_id", "kind", "day"))) > 0


def test_the_first_window_of_a_day_counts_in_whichever_order_they_are_seen(cheats: None) -> None:
    detect_again(NOON, NOON + HOUR)
    undisturbed = flags()
    Flag.objects.all().delete()
    detect_again(NOON + TEN_MINUTES, NOON + HOUR)
    assert flags() != undisturbed
    detect_again(NOON, NOON + HOUR)
    assert flags() == undisturbed


def test_a_window_that_is_not_settled_waits(cheats: None) -> None:
    detect_new(NOON + TEN_MINUTES + SETTLE - timedelta(seconds=1))
    assert flags() == []
    detect_new(NOON + TEN_MINUTES + SETTLE)
    assert [user for user, *_ in flags()] == ["mallory-0"]


@pytest.fixture(params=["SELECT 1/0", "SELECT pg_terminate_backend(pg_backend_pid())"])
def broken(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A detector whose statement fails, or loses its connection, and that comes before all others."""

    def find(window: object, usual: object) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(request.param)

    kind = Kind("broken", "Broken", TEN_MINUTES, find, str)
    monkeypatch.setattr(scan, "KINDS", {"broken": kind, **KINDS})


def test_a_detector_that_fails_stops_no_other(cheats: None, broken: None, capture_log: list[str]) -> None:
    begin("broken")
    detect_new(NOW)
    assert flags()
    found = Detector.objects.get(pk="broken")
    assert (found.failures, found.looked_until) == (1, NOON)
    assert any("A detector failed" in line for line in capture_log)


def test_each_new_flag_is_in_the_audit_once(cheats: None) -> None:
    for _ in range(2):
        detect_again(NOON, NOON + HOUR, ["rate"])
    entries = AuditEntry.objects.filter(what="flag.made")
    assert sorted(entries.values_list("target", flat=True)) == [f"user:mallory-{number}" for number in range(3)]


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'hold_flagged'")
        return int(cursor.fetchone()[0])


def test_a_kind_that_is_set_so_holds_its_users(cheats: None, settings: Settings) -> None:
    settings.DETECTION_HOLD_KINDS = ["rate"]
    for _ in range(2):
        detect_again(NOON, NOON + HOUR, ["rate"])
    assert jobs() == 3
    flag = Flag.objects.earliest("flag_id")
    for _ in range(2):
        hold_flagged(flag_id=flag.pk)
    assert list(UserScore.objects.filter(is_held=True).values_list("pk", flat=True)) == [flag.user_id]


def test_who_was_dismissed_before_the_job_ran_is_not_held(cheats: None) -> None:
    detect_again(NOON, NOON + HOUR, ["rate"])
    Flag.objects.update(status=Flag.Status.DISMISSED, decided_at=timezone.now())
    hold_flagged(flag_id=Flag.objects.earliest("flag_id").pk)
    assert not UserScore.objects.filter(is_held=True).exists()
