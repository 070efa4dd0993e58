"""Every score event has its user, although the ledger has no foreign key: the write and a trigger see to it."""

from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Sum

from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.threads import in_threads, started
from scoreboard_project.testing.waiting import someone_waits_for_a_lock, wait_for
from scores.models import ScoreEvent, UserScore
from scores.operations.erasure import erase_user

ADD_EVENT = """
INSERT INTO score_events (event_id, user_id, action_id, request_id, action_type, score_increment, score_after)
VALUES ('event_1', 'ana', 'action_1', 'r1', 'DAILY_BONUS', 50, 200)
"""


def test_a_user_with_events_cannot_be_deleted(scoreboard: None, ana: Player) -> None:
    ana.act()
    with pytest.raises(IntegrityError, match="User ana has score events"):
        UserScore.objects.all().delete()
    assert UserScore.objects.filter(user_id="ana").exists()


def test_a_user_whose_events_are_past_retention_can_be_deleted(scoreboard: None, ana: Player) -> None:
    ana.act()
    ScoreEvent.objects.all().delete()
    UserScore.objects.all().delete()
    assert not UserScore.objects.exists()


def test_a_deletion_sees_the_events_of_a_write_that_it_waited_for(scoreboard: None, ana: Player) -> None:
    ana.act()
    ScoreEvent.objects.all().delete()
    with transaction.atomic(), connection.cursor() as cursor:
        UserScore.objects.update(current_score=200)
        deletion = started(UserScore.objects.all().delete)
        wait_for(someone_waits_for_a_lock)
        cursor.execute(ADD_EVENT)
    with pytest.raises(IntegrityError, match="User ana has score events"):
        deletion()


def test_erasures_amid_writes_leave_every_event_with_its_user(scoreboard: None, ana: Player) -> None:
    def play(turn: int) -> None:
        if turn % 5:
            ana.act()
        else:
            with suppress(UserNotFound):
                erase_user("ana")

    in_threads(play, range(100), threads=8)
    events = ScoreEvent.objects.order_by().values_list("user_id")
    by_event = {user_id: sums for user_id, *sums in events.annotate(sum=Sum("score_increment"), count=Count("pk"))}
    by_user = {user_id: sums for user_id, *sums in UserScore.objects.values_list("user_id", "current_score", "version")}
    assert by_event == by_user
    assert sum(score for score, _ in by_user.values()) == 80 * 150
