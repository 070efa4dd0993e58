"""What the detectors' statements leave out of the ledger, so that honest users are not flagged for others' doing."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from scores.models import Flag
from scores.sql.statements import SQL, read_sql
from scores.tests.trust.detection.played import NOON, crowd_plays, every, nothing_is_usual, play
from scores.trust.detection.detectors import impossible_metadata, intervals, many_addresses
from scores.trust.detection.kinds import KINDS
from scores.trust.detection.ledger import parameters_of, read
from scores.trust.detection.scan import detect_again
from scores.trust.detection.usual import Usual, count_hour, usual_before
from scores.trust.detection.windows import HOUR, Window

WINDOW = Window(NOON, NOON + HOUR)
DAY = timedelta(days=1)


def flagged(kind: str) -> set[str]:
    detect_again(WINDOW.start, WINDOW.end, [kind])
    return set(Flag.objects.filter(kind=kind).values_list("user_id", flat=True))


@pytest.mark.parametrize("kind", ["intervals", "many_addresses", "shared_address"])
def test_what_a_game_server_reports_has_its_rhythm_and_address(scoreboard: None, settings: Settings, kind: str) -> None:
    nothing_is_usual()
    servers = [f"10.{number}.0.7" for number in range(12)]
    for number in range(26):
        play(f"user-{number}", every(20, 60), address=servers if kind == "many_addresses" else "10.0.0.7")
    assert len(flagged(kind)) == 26
    Flag.objects.all().delete()
    settings.DETECTION_GAME_SERVERS = ["10.0.0.0/8", "unix"]
    assert flagged(kind) == set()


def test_actions_of_one_batch_have_no_interval(scoreboard: None) -> None:
    play("batched", [moment + timedelta(microseconds=at) for moment in every(600, 6) for at in range(20)])
    assert read("rhythms", intervals.Rhythm, WINDOW, fewest=6) == []
    assert read("rhythms", intervals.Rhythm, WINDOW, fewest=5) == [("batched", 5, *[pytest.approx(600, abs=0.1)] * 3)]


def test_addresses_of_one_network_are_one_place(scoreboard: None) -> None:
    play("home", every(60, 6), address=["192.0.2.1", "192.0.2.9", "2001:db8:1::1", "2001:db8:1:ffff::1"])
    assert read("travels", many_addresses.Travel, WINDOW, fewest=1) == [
        ("home", 2, ["192.0.2.0/24", "2001:db8:1::/48"])
    ]


def test_a_new_version_of_the_game_is_not_a_new_agent(scoreboard: None) -> None:
    nothing_is_usual(hours_before=4)
    crowd_plays(60, since=NOON - 4 * HOUR, hours=4, actions=1)
    for number in range(12):
        play(f"crowd-{number:03d}", every(60, 3), agent="Game/2.10")
        play(f"script-{number}", every(60, 3), agent="okhttp/4.9")
    assert flagged("shared_agent") == {f"script-{number}" for number in range(12)}


def test_a_school_is_usual_after_two_days_and_not_by_todays_crowd(scoreboard: None) -> None:
    def come(since: Any) -> None:
        for number in range(26):
            play(f"pupil-{number}", every(60, 2, since=since), address="192.0.2.1")

    come(NOON - 2 * DAY)
    come(NOON - HOUR)
    come(NOON)
    assert len(flagged("shared_address")) == 26
    Flag.objects.all().delete()
    come(NOON + DAY)
    detect_again(NOON + DAY, NOON + DAY + HOUR, ["shared_address"])
    assert not Flag.objects.exists()


@pytest.mark.parametrize("metadata", [{}, {"timeCompleted": "fast"}, {"timeCompleted": None, "level": [1]}])
def test_metadata_of_any_shape_stops_no_detector(scoreboard: None, metadata: dict[str, Any]) -> None:
    play("ana", every(60, 5), metadata=metadata)
    count_hour(WINDOW)
    assert usual_before(Window(WINDOW.end, WINDOW.end + HOUR)).users == 1
    assert read("quick_levels", impossible_metadata.QuickLevels, WINDOW, fewest=1, limits="[]") == []


def test_no_time_at_all_is_odd_at_once(scoreboard: None) -> None:
    nothing_is_usual()
    play("eve", every(60, 3), metadata={"level": 1, "timeCompleted": 0})
    assert flagged("impossible_metadata") == {"eve"}


@pytest.mark.parametrize("name", sorted(file.stem for file in (SQL / "detection").glob("*.sql")))
def test_each_statement_reads_a_window_by_the_index_of_its_time(db: None, name: str) -> None:
    parameters = parameters_of(WINDOW) | {
        "fewest": 1,
        "limits": "[]",
        "usual_agents": [],
        "blocks": [],
        "name": "paces",
        "since": NOON,
        "until": NOON,
        "user_ids": [],
        "ends": [],
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {read_sql(f'detection/{name}')}", parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan on score_events" not in plan


def test_what_is_usual_is_empty_at_first(db: None) -> None:
    usual = Usual(NOON - DAY, NOON)
    assert (usual.users, usual.scores, usual.agents_of(0.5), usual.crowds_at(["::1"])) == (0, [], [], {})
    assert [kind.find(WINDOW, usual) for kind in KINDS.values()] == [[]] * len(KINDS)
