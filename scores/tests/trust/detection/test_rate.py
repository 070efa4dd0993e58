"""Far too many actions in ten minutes, for everyone and for the user."""

from datetime import timedelta

from scores.models import Flag
from scores.tests.trust.detection.played import NOON, crowd_plays, every, nothing_is_usual, play
from scores.trust.detection.detectors.rate import Pace, describe, judge
from scores.trust.detection.scan import detect_again

HOUR = timedelta(hours=1)


def flagged() -> list[str]:
    detect_again(NOON, NOON + HOUR, ["rate"])
    return list(Flag.objects.order_by("user_id").values_list("user_id", flat=True))


def test_a_cheat_is_flagged_and_a_busy_user_is_not(scoreboard: None) -> None:
    nothing_is_usual()
    play("mallory", every(4, 120))
    play("busy", every(12, 40))
    assert flagged() == ["mallory"]
    flag = Flag.objects.get()
    assert (flag.kind, flag.severity, flag.seen_from) == ("rate", Flag.Severity.MEDIUM, NOON)
    assert "120 actions" in describe(flag.evidence)


def test_what_is_usual_here_is_not_odd(scoreboard: None) -> None:
    nothing_is_usual(hours_before=4)
    crowd_plays(60, since=NOON - 4 * HOUR, hours=4, actions=60, apart=10)
    play("mallory", every(4, 120))
    assert flagged() == []


def test_what_operators_write_is_not_looked_at(scoreboard: None) -> None:
    nothing_is_usual()
    play("imported", every(1, 300), address="", agent="")
    assert flagged() == []


def test_who_always_does_as_much_is_not_odd() -> None:
    paces = [Pace("ana", 100, 15_000, own_pace=70.0), Pace("bob", 100, 15_000, own_pace=10.0), Pace("eve", 50, 1, 0.0)]
    assert [finding.user_id for finding in judge(paces, limit=60)] == ["bob"]
