"""`manage.py maintain_partitions`: creates months in advance, drops old ones, and purges request ids."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from scoreboard_project.testing.cast import Player
from scores.models import ScoreEvent, ScoreRequest
from scores.operations.partitions import list_partitions, maintain_partitions

FAR = datetime(2040, 5, 17, tzinfo=UTC)
FAR_MONTHS = [f"score_events_2040_{month:02d}" for month in (5, 6, 7, 8)]


@pytest.fixture(autouse=True)
def months_as_before(transactional_db: None) -> Any:
    """Drop the partitions that a test created."""
    before = list_partitions()
    yield
    with connection.cursor() as cursor:
        for name in list_partitions() - before:
            cursor.execute(f"DROP TABLE {name}")
    maintain_partitions(now=timezone.now())


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("maintain_partitions", "--json", *arguments, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def move_to(moment: datetime) -> str:
    """Move the only event to another time. Returns the partition that then holds it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE score_events SET created_at = %s", [moment])
        cursor.execute("SELECT tableoid::regclass::text FROM score_events")
        return str(cursor.fetchone()[0])


def test_this_and_the_next_three_months_are_made() -> None:
    assert maintain_partitions(now=FAR).created == FAR_MONTHS
    assert set(FAR_MONTHS) <= list_partitions()


def test_run_again_it_has_nothing_to_do() -> None:
    maintain_partitions(now=FAR)
    again = maintain_partitions(now=FAR)
    assert (again.created, again.moved_events, again.dropped, again.purged_requests) == ([], 0, [], 0)


def test_an_event_without_a_month_is_kept_and_moves_when_its_month_is_made(scoreboard: None, ana: Player) -> None:
    ana.act()
    assert move_to(FAR) == "score_events_default"
    assert maintain_partitions(now=FAR).moved_events == 1
    assert move_to(FAR) == "score_events_2040_05"
    assert ScoreEvent.objects.get().user_id == "ana"


def test_a_dry_run_only_says_it(scoreboard: None, ana: Player) -> None:
    ana.act()
    move_to(FAR)
    planned = maintain_partitions(now=FAR, dry_run=True)
    assert (planned.created, planned.moved_events) == (FAR_MONTHS, 1)
    assert not set(FAR_MONTHS) & list_partitions()


def test_months_past_retention_are_dropped(settings: Settings) -> None:
    maintain_partitions(now=FAR)
    settings.SCORE_EVENTS_RETENTION_MONTHS = 2
    later = maintain_partitions(now=datetime(2040, 8, 2, tzinfo=UTC))
    assert {"score_events_2040_05"} <= set(later.dropped)
    assert not {"score_events_2040_06", "score_events_2040_07"} & set(later.dropped)
    assert "score_events_2040_05" not in list_partitions()


def test_without_retention_nothing_is_dropped() -> None:
    maintain_partitions(now=FAR)
    assert maintain_partitions(now=datetime(2090, 1, 1, tzinfo=UTC)).dropped == []


def test_old_request_ids_are_purged(scoreboard: None, ana: Player, settings: Settings) -> None:
    ana.act(request_id="old")
    ana.act(request_id="young")
    long_ago = timezone.now() - timedelta(days=settings.SCORE_REQUESTS_RETENTION_DAYS, minutes=1)
    ScoreRequest.objects.filter(request_id="old").update(created_at=long_ago)
    assert run("--dry-run")["purged_requests"] == 1
    assert run()["purged_requests"] == 1
    assert [request.request_id for request in ScoreRequest.objects.all()] == ["young"]
    assert ScoreEvent.objects.count() == 2
