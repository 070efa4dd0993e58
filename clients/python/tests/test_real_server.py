"""Both clients against a real server: every operation of the API."""

import time
from typing import Any

import pytest

from conftest import MakeClient
from running_server import ADMIN, PASSWORD, RunningServer
from scoreboard_client import (
    ActionNotAllowed,
    DuplicateRequest,
    IdempotencyKeyReused,
    InvalidActionType,
    InvalidLimit,
    InvalidMetadata,
    InvalidToken,
    PermissionDenied,
    RateLimitExceeded,
    RetryPolicy,
    ScoreAction,
    ScoreboardError,
    UserNotFound,
)

ONE_TRY = RetryPolicy(attempts=1)


def test_an_action_counts_and_shows(server: RunningServer, connect: MakeClient) -> None:
    player = server.player()
    client = connect(token=player.token)
    update = client.update("BOSS_DEFEAT", {"boss": "Övrik"})
    assert (update.new_score, update.score_increment, update.previous_rank, update.replayed) == (
        1000,
        1000,
        None,
        False,
    )
    score = client.user_score(player.user_id)
    assert (score.score, score.total_actions, score.rank) == (1000, 1, update.new_rank)
    assert player.user_id in {entry.user_id for entry in client.around(player.user_id).leaderboard}
    assert [event.metadata for event in client.history(player.user_id)] == [{"boss": "Övrik"}]
    assert client.daily(player.user_id, days=1)[0].score == 1000
    assert {kind.action_type: kind.score_value for kind in client.action_types()}["BOSS_DEFEAT"] == 1000


def test_an_action_counts_once_per_key(server: RunningServer, connect: MakeClient) -> None:
    client = connect(token=server.player().token)
    first = client.update("LEVEL_COMPLETE", idempotency_key="today")
    again = client.update("LEVEL_COMPLETE", idempotency_key="today")
    assert (again.replayed, again.action_id, again.new_score) == (True, first.action_id, first.new_score)
    with pytest.raises(IdempotencyKeyReused):
        client.update("BOSS_DEFEAT", idempotency_key="today")


def test_a_batch_goes_in_chunks_and_a_repeat_replays(server: RunningServer, connect: MakeClient) -> None:
    client = connect(token=server.player("scores:write:any").token)
    user_id = server.player().user_id
    actions = [ScoreAction(user_id, "LEVEL_COMPLETE") for _ in range(7)]
    actions.insert(3, ScoreAction(user_id, "NOPE"))
    results = client.batch(actions, chunk_size=3)
    assert [result.request_id for result in results] == [action.request_id for action in actions]
    assert isinstance(results[3].error, InvalidActionType)
    assert [result.update.new_score for result in results if result.update] == [150, 300, 450, 600, 750, 900, 1050]
    again = client.batch(actions)
    assert [result.update.replayed for result in again if result.update] == [True] * 7
    assert client.user_score(user_id).score == 1050


def test_iterators_read_all_pages(server: RunningServer, connect: MakeClient) -> None:
    client = connect(token=server.player("scores:write:any", "scores:read:any").token)
    user_id = server.player().user_id
    client.batch([ScoreAction(user_id, "LEVEL_COMPLETE") for _ in range(250)])
    assert len({event.event_id for event in client.history(user_id)}) == 250
    client.batch([ScoreAction(f"{user_id}-{number}", "LEVEL_COMPLETE") for number in range(120)])
    ranks = [entry.rank for entry in client.iterate_board()]
    assert ranks == list(range(1, len(ranks) + 1))
    assert len(ranks) > 120


@pytest.mark.parametrize("user_id", ["a/b", "..", "a b?c#d", "%2F", "日本"])
def test_any_user_id_can_be_asked_for(server: RunningServer, connect: MakeClient, user_id: str) -> None:
    client = connect(token=server.player("scores:write:any").token)
    client.batch([ScoreAction(user_id, "LEVEL_COMPLETE")])
    assert client.user_score(user_id).user_id == user_id


def test_each_refusal_has_its_own_exception(server: RunningServer, connect: MakeClient) -> None:
    client = connect(token=server.player().token)
    refusals: list[tuple[type[ScoreboardError], Any]] = [
        (InvalidActionType, lambda: client.update("NOPE")),
        (InvalidMetadata, lambda: client.update("LEVEL_COMPLETE", {"a": 2**60})),
        (InvalidLimit, lambda: client.board(limit=101)),
        (UserNotFound, lambda: client.user_score("nobody")),
        (PermissionDenied, lambda: list(client.history("somebody-else"))),
        (PermissionDenied, lambda: client.batch([ScoreAction("a", "LEVEL_COMPLETE")])),
    ]
    for refusal, call in refusals:
        with pytest.raises(refusal):
            call()
    with pytest.raises(InvalidToken):
        connect(token="x.y.z").update("LEVEL_COMPLETE")
    assert issubclass(DuplicateRequest, ScoreboardError)


def test_a_rule_of_an_action_type_says_what_it_allows(server: RunningServer, connect: MakeClient) -> None:
    client = connect(token=server.player().token)
    rules = {kind.action_type: kind.rules for kind in client.action_types()}
    assert (rules["FIRST_TIME_BONUS"], rules["LEVEL_COMPLETE"]) == ({"maxEver": 1}, None)
    client.update("FIRST_TIME_BONUS")
    with pytest.raises(ActionNotAllowed) as refused:
        client.update("FIRST_TIME_BONUS")
    assert refused.value.details == {"rule": "maxEver", "limit": 1, "retryAfter": None}
    assert not refused.value.is_temporary


def test_the_rate_limit_says_how_long_to_wait(server: RunningServer, connect: MakeClient) -> None:
    client = connect(token=server.player().token, retry=ONE_TRY)
    for _ in range(20):
        client.update("LEVEL_COMPLETE")
    with pytest.raises(RateLimitExceeded) as refused:
        client.update("LEVEL_COMPLETE")
    assert refused.value.retry_after
    assert refused.value.idempotency_key


def test_a_password_gets_tokens_and_renews_them(server: RunningServer, connect: MakeClient) -> None:
    # This server's access tokens are valid for two seconds. The client renews them without being asked.
    client = connect(username=ADMIN, password=PASSWORD)
    before = client.update("LEVEL_COMPLETE").new_score
    for _ in range(6):
        time.sleep(0.5)
        before = client.update("LEVEL_COMPLETE").new_score
    assert before >= 7 * 150
