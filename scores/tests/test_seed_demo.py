"""`manage.py seed_demo`: demo data through the ordinary write path."""

from django.core.management import call_command
from django.db.models import Sum

from scoreboard_project.embedded.valkey import Valkey
from scores.models import ScoreEvent, UserScore
from scores.ranks.drift import check_rank_index


def test_it_fills_the_ledger_the_scores_and_the_rank_index(transactional_db: None) -> None:
    call_command("seed_demo", players=30, actions=200)
    assert ScoreEvent.objects.count() == 200
    earned = ScoreEvent.objects.aggregate(sum=Sum("score_increment"))["sum"]
    assert UserScore.objects.aggregate(sum=Sum("current_score"))["sum"] == earned
    drift = check_rank_index()
    assert drift.is_clean
    assert drift.checked == UserScore.objects.count()


def test_run_again_it_adds_nothing(scoreboard: None) -> None:
    for _ in range(2):
        call_command("seed_demo", players=10, actions=50)
    assert ScoreEvent.objects.count() == 50


def test_it_works_without_redis(mortal_valkey: Valkey) -> None:
    mortal_valkey.stop()
    try:
        call_command("seed_demo", players=10, actions=50)
    finally:
        mortal_valkey.start()
    assert ScoreEvent.objects.count() == 50
