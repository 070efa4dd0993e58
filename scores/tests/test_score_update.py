"""`PUT /api/v1/scores/update`: what the game gets back, and what is stored."""

import re
from datetime import datetime, timedelta

from django.utils import timezone

from action_types.models import ActionType
from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.game import Game
from scores.models import ScoreEvent, UserScore

UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def test_it_answers_as_specified(game: Game, ana: Player) -> None:
    before = timezone.now()
    data = game.update(ana, {"actionType": "LEVEL_COMPLETE", "metadata": {"level": 5}}, x_request_id="run-1").data
    processed_at = data.pop("processedAt")
    assert processed_at.endswith("Z")
    assert before <= datetime.fromisoformat(processed_at) <= timezone.now()
    assert re.fullmatch(f"action_{UUID7}", data.pop("actionId"))
    assert data == {
        "requestId": "run-1",
        "newScore": 150,
        "scoreIncrement": 150,
        "newRank": 1,
        "previousRank": None,
        "actionType": "LEVEL_COMPLETE",
    }


def test_it_keeps_the_event_with_its_context(game: Game, ana: Player) -> None:
    metadata = {"level": 5, "timeCompleted": 45.2, "big": 1e300, "name": "Zoë", "deep": [{"a": None}]}
    body = {"actionType": "BOSS_DEFEAT", "metadata": metadata}
    data = game.update(ana, body, x_request_id="run-1", user_agent="Chess/2.1").data
    event = ScoreEvent.objects.get()
    assert re.fullmatch(f"event_{UUID7}", event.event_id)
    assert (event.user_id, event.action_id, event.request_id) == ("ana", data["actionId"], "run-1")
    assert (event.action_type, event.score_increment, event.score_after) == ("BOSS_DEFEAT", 1000, 1000)
    assert (event.metadata, event.ip_address, event.user_agent) == (metadata, "127.0.0.1", "Chess/2.1")
    assert event.created_at == datetime.fromisoformat(data["processedAt"])


def test_it_makes_the_user_with_the_first_action(game: Game, ana: Player) -> None:
    data = game.update(ana).data
    user = UserScore.objects.get()
    assert (user.user_id, user.username, user.current_score, user.total_actions) == ("ana", "Ana", 150, 1)
    assert user.last_updated == user.created_at == datetime.fromisoformat(data["processedAt"])


def test_it_adds_to_the_score_and_counts_the_action(game: Game, ana: Player) -> None:
    game.update(ana)
    data = game.update(ana, {"actionType": "DAILY_BONUS"}).data
    assert (data["newScore"], data["scoreIncrement"]) == (200, 50)
    user = UserScore.objects.get()
    assert (user.current_score, user.total_actions) == (200, 2)


def test_it_renames_a_user_whose_token_has_another_name(game: Game, ana: Player) -> None:
    game.update(ana)
    game.update(Player("ana", "Ana the Great"))
    assert UserScore.objects.get().username == "Ana the Great"
    assert game.board()[0]["username"] == "Ana the Great"


def test_it_tells_the_ranks_before_and_after(game: Game, ana: Player, bob: Player, carol: Player) -> None:
    game.update(ana, {"actionType": "BOSS_DEFEAT"})
    game.update(bob, {"actionType": "CHALLENGE_WIN"})
    first = game.update(carol, {"actionType": "DAILY_BONUS"}).data
    second = game.update(carol, {"actionType": "CHALLENGE_WIN"}).data
    third = game.update(carol, {"actionType": "BOSS_DEFEAT"}).data
    ranks = [(answer["previousRank"], answer["newRank"]) for answer in (first, second, third)]
    assert ranks == [(None, 3), (3, 2), (2, 1)]


def test_the_first_to_reach_a_score_stays_ahead(game: Game, ana: Player, bob: Player) -> None:
    game.update(bob)
    assert game.update(ana).data["newRank"] == 2
    assert [row["userId"] for row in game.board()] == ["bob", "ana"]


def test_it_counts_a_changed_value_from_the_next_action_on(game: Game, ana: Player) -> None:
    game.update(ana)
    ActionType.objects.filter(action_type="LEVEL_COMPLETE").update(score_value=-400)
    data = game.update(ana).data
    assert (data["scoreIncrement"], data["newScore"]) == (-400, -250)
    assert [event.score_increment for event in ScoreEvent.objects.order_by("created_at")] == [150, -400]


def test_an_action_worth_nothing_is_kept_and_does_not_move_the_time(game: Game, ana: Player) -> None:
    ActionType.objects.filter(action_type="DAILY_BONUS").update(score_value=0)
    game.update(ana)
    moved = UserScore.objects.get().last_updated
    data = game.update(ana, {"actionType": "DAILY_BONUS"}).data
    user = UserScore.objects.get()
    assert (data["newScore"], data["scoreIncrement"]) == (150, 0)
    assert (user.last_updated, user.total_actions) == (moved, 2)
    assert datetime.fromisoformat(data["processedAt"]) > moved


def test_the_time_goes_on_when_the_clock_goes_back(game: Game, ana: Player) -> None:
    game.update(ana)
    ahead = timezone.now().replace(year=timezone.now().year + 1)
    UserScore.objects.update(last_updated=ahead)
    game.update(ana)
    assert UserScore.objects.get().last_updated == ahead + timedelta(microseconds=1)


def test_it_ignores_a_forwarded_address_of_an_untrusted_peer(game: Game, ana: Player) -> None:
    game.update(ana, x_forwarded_for="203.0.113.9")
    assert ScoreEvent.objects.get().ip_address == "127.0.0.1"


def test_metadata_is_optional(game: Game, ana: Player) -> None:
    game.update(ana, {"actionType": "LEVEL_COMPLETE"})
    assert ScoreEvent.objects.get().metadata == {}


def test_a_user_agent_longer_than_any_is_cut(game: Game, ana: Player) -> None:
    game.update(ana, user_agent="x" * 4000)
    assert len(ScoreEvent.objects.get().user_agent) == 512
