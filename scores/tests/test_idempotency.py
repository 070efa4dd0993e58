"""The same request sent again: nothing counts twice, and the answer tells what the first request did."""

import pytest

from action_types.models import ActionType
from scoreboard_project.testing.cast import Player, crowd
from scoreboard_project.testing.game import Answer, Game
from scoreboard_project.testing.threads import in_threads
from scores.models import ScoreEvent, ScoreRequest, UserScore


def test_it_replays_the_first_result_for_the_same_key_and_body(game: Game, ana: Player) -> None:
    body = {"actionType": "LEVEL_COMPLETE", "metadata": {"a": 1, "b": [2]}}
    first = game.update(ana, body, idempotency_key="key-1")
    again = game.update(ana, b'{"metadata":{"b":[2],"a":1},"actionType":"LEVEL_COMPLETE"}', idempotency_key="key-1")
    assert again.status == 200
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert again.data == {**first.data, "previousRank": 1}
    assert UserScore.objects.get().current_score == 150


@pytest.mark.parametrize(
    "body",
    [
        {"actionType": "BOSS_DEFEAT", "metadata": {"a": 1}},
        {"actionType": "LEVEL_COMPLETE", "metadata": {"a": 2}},
        {"actionType": "LEVEL_COMPLETE"},
        {"actionType": "NO_SUCH_TYPE", "metadata": {"a": 1}},
    ],
)
def test_it_refuses_a_reused_key_with_another_body(game: Game, ana: Player, body: dict[str, object]) -> None:
    game.update(ana, {"actionType": "LEVEL_COMPLETE", "metadata": {"a": 1}}, idempotency_key="key-1")
    assert game.update(ana, body, idempotency_key="key-1").failed_with(422, "IDEMPOTENCY_KEY_REUSED")
    assert ScoreEvent.objects.count() == 1


def test_no_metadata_and_empty_metadata_are_the_same_body(game: Game, ana: Player) -> None:
    game.update(ana, {"actionType": "LEVEL_COMPLETE"}, idempotency_key="key-1")
    assert game.update(ana, {"actionType": "LEVEL_COMPLETE", "metadata": {}}, idempotency_key="key-1").status == 200


def test_a_replay_is_as_first_answered_but_with_the_ranks_of_now(game: Game, ana: Player, bob: Player) -> None:
    first = game.update(ana, idempotency_key="key-1").data
    game.update(ana)
    game.update(bob, {"actionType": "BOSS_DEFEAT"})
    ActionType.objects.filter(action_type="LEVEL_COMPLETE").update(score_value=7, is_active=False)
    again = game.update(ana, idempotency_key="key-1").data
    assert again == {**first, "previousRank": 2, "newRank": 2}


def test_two_users_may_use_the_same_id(game: Game, ana: Player, bob: Player) -> None:
    assert game.update(ana, x_request_id="run-1").data["newScore"] == 150
    assert game.update(bob, x_request_id="run-1").data["newScore"] == 150
    assert game.update(ana, idempotency_key="key-1").data["newScore"] == 300
    assert game.update(bob, idempotency_key="key-1").data["newScore"] == 300


def test_a_key_goes_before_a_request_id_that_a_gateway_renews(game: Game, ana: Player) -> None:
    first = game.update(ana, idempotency_key="key-1", x_request_id="hop-1")
    again = game.update(ana, idempotency_key="key-1", x_request_id="hop-2")
    assert (first.headers["X-Request-ID"], again.headers["X-Request-ID"]) == ("hop-1", "hop-2")
    assert again.data["actionId"] == first.data["actionId"]
    assert first.data["requestId"] == ScoreRequest.objects.get().request_id == "key-1"


def test_a_malformed_key_beside_a_good_request_id_is_refused(game: Game, ana: Player) -> None:
    assert game.update(ana, idempotency_key="a b", x_request_id="run-1").failed_with(400, "INVALID_REQUEST")


def test_without_an_id_each_request_counts(game: Game, ana: Player) -> None:
    answers = [game.update(ana).data for _ in range(3)]
    assert len({answer["requestId"] for answer in answers}) == 3
    assert answers[-1]["newScore"] == 450


def test_a_retry_with_a_corrected_body_is_a_first_request(game: Game, ana: Player) -> None:
    assert game.update(ana, {"actionType": "LEVEL_COMPLET"}, idempotency_key="key-1").status == 400
    assert game.update(ana, {"actionType": "LEVEL_COMPLETE"}, idempotency_key="key-1").data["newScore"] == 150


def test_fifty_parallel_requests_with_one_id_count_once(scoreboard: None, server: str, ana: Player) -> None:
    answers = _fifty(server, ana, x_request_id="run-1")
    done = [answer for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status == 409]
    assert (len(done), len(refused)) == (1, 49)
    assert {answer.error["details"]["originalActionId"] for answer in refused} == {done[0].data["actionId"]}
    assert (ScoreEvent.objects.count(), UserScore.objects.get().current_score) == (1, 150)


def test_fifty_parallel_requests_with_one_key_have_one_answer(scoreboard: None, server: str, ana: Player) -> None:
    answers = _fifty(server, ana, idempotency_key="key-1")
    assert {answer.status for answer in answers} == {200}
    assert len({answer.data["actionId"] for answer in answers}) == 1
    assert len([answer for answer in answers if "Idempotency-Replayed" in answer.headers]) == 49
    assert (ScoreEvent.objects.count(), UserScore.objects.get().current_score) == (1, 150)


def test_a_replay_knows_the_rank_of_a_user_far_down(game: Game, ana: Player) -> None:
    for player in crowd(12):
        player.act("DAILY_BONUS")
    ActionType.objects.filter(action_type="STREAK_BONUS").update(score_value=1)
    assert game.update(ana, {"actionType": "STREAK_BONUS"}, idempotency_key="key-1").data["newRank"] == 13
    assert game.update(ana, {"actionType": "STREAK_BONUS"}, idempotency_key="key-1").data["newRank"] == 13


def _fifty(server: str, player: Player, **headers: str) -> list[Answer]:
    with Game(server) as game:
        return in_threads(lambda _: game.update(player, **headers), range(50), threads=50)
