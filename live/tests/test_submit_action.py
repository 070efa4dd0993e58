"""An action by websocket is read, refused, counted and answered as one by `PUT /scores/update`."""

import json
from typing import Any

import httpx
import pytest

from action_types.models import ActionType
from live.tests.sockets import Frame, LiveClient
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scores.models import MAX_SCORE, ScoreEvent, UserScore

PING = {"type": "ping"}
# What the body of the PUT may be; the data of the frame is the same and an id.
REFUSED_BODIES: dict[str, Any] = {
    "no action type": {},
    "a null action type": {"actionType": None},
    "an action type that is not text": {"actionType": 5},
    "an empty action type": {"actionType": ""},
    "an unknown action type": {"actionType": "LEVEL_SKIPPED"},
    "an action type of another form": {"actionType": "level complete"},
    "an operator's type": {"actionType": "REVERSAL"},
    "an unknown field": {"actionType": "LEVEL_COMPLETE", "score": 5},
    "metadata that is not an object": {"actionType": "LEVEL_COMPLETE", "metadata": []},
    "metadata that is too deep": {"actionType": "LEVEL_COMPLETE", "metadata": {"a": [[[[[[[[1]]]]]]]]}},
    "metadata with too many keys": {"actionType": "LEVEL_COMPLETE", "metadata": dict.fromkeys(map(str, range(65)))},
    "an integer that is too large": {"actionType": "LEVEL_COMPLETE", "metadata": {"a": 2**60}},
    "a character that cannot be stored": {"actionType": "LEVEL_COMPLETE", "metadata": {"a": "\0"}},
}
BAD_FRAMES = [
    ({"type": "submit_action"}, None),
    ({"type": "submit_action", "data": None}, None),
    ({"type": "submit_action", "data": []}, None),
    ({"type": "submit_action", "data": {"requestId": 7, "actionType": "LEVEL_COMPLETE"}}, None),
    ({"type": "submit_action", "data": {"requestId": None, "actionType": "LEVEL_COMPLETE"}}, None),
    ({"type": "submit_action", "data": {"actionType": "LEVEL_COMPLETE"}}, None),
    ({"type": "submit_action", "data": {"requestId": "x" * 129, "actionType": "LEVEL_COMPLETE"}}, None),
    ({"type": "submit_action", "data": {"requestId": "a b", "actionType": "LEVEL_COMPLETE"}}, "a b"),
    ({"type": "submit_action", "data": {"requestId": "", "actionType": "LEVEL_COMPLETE"}}, ""),
    ({"type": "submit_action", "data": {"requestId": "\ud800", "actionType": "LEVEL_COMPLETE"}}, "\ud800"),
    ({"type": "submit_action", "data": {"requestId": "run-1", "actionType": "LEVEL_COMPLETE"}, "more": 1}, "run-1"),
]


def put(server: OnePort, body: Any, **headers: str) -> Any:
    """The body of the PUT's answer."""
    with Game(server.address) as game:
        return game.update(ANA, body, **headers).body


def test_the_result_is_what_a_put_answers(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        first = live.act("run-1", metadata={"level": 5})
        assert first == {"type": "action_result", "data": first["data"]}
        answered = put(one_port, {"actionType": "LEVEL_COMPLETE", "metadata": {"level": 5}}, idempotency_key="run-1")
        assert answered["data"] == {**first["data"], "previousRank": 1}
        second = live.act("run-2", "BOSS_DEFEAT")["data"]
    assert (second["requestId"], second["newScore"], second["scoreIncrement"]) == ("run-2", 1150, 1000)
    assert (second["newRank"], second["previousRank"], second["actionType"]) == (1, 1, "BOSS_DEFEAT")


def test_the_event_has_the_metadata_and_where_the_handshake_came_from(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA, **{"User-Agent": "Chess/2.1"}) as live:
        data = live.act("run-1", metadata={"level": 5, "name": "Zoë"})["data"]
    event = ScoreEvent.objects.get()
    assert (event.user_id, event.action_id, event.request_id) == ("ana", data["actionId"], "run-1")
    assert (event.metadata, event.ip_address) == ({"level": 5, "name": "Zoë"}, "127.0.0.1")
    assert event.user_agent.startswith("Chess/2.1")


@pytest.mark.parametrize("body", REFUSED_BODIES.values(), ids=REFUSED_BODIES)
def test_it_is_refused_as_a_put_is_and_the_socket_stays_open(one_port: OnePort, body: dict[str, Any]) -> None:
    refusal = put(one_port, body)["error"]
    refusal["details"].pop("knownFields", None)
    with LiveClient(one_port, ANA) as live:
        answer = live.ask({"type": "submit_action", "data": {**body, "requestId": "run-1"}})
        answer["error"]["details"].pop("knownFields", None)
        assert answer == {"type": "error", "error": refusal, "requestId": "run-1"}
        assert live.ask(PING) == {"type": "pong"}
    assert not ScoreEvent.objects.exists()


def test_a_score_that_would_leave_its_range_is_refused(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        live.act("run-1")
        UserScore.objects.update(current_score=MAX_SCORE)
        answer = live.act("run-2")
    assert (answer["error"]["code"], answer["requestId"]) == ("ACTION_NOT_ALLOWED", "run-2")
    assert answer["error"]["details"] == {"rule": "score_range"}


def test_an_action_type_that_is_no_longer_active_is_refused(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        ActionType.objects.filter(action_type="LEVEL_COMPLETE").update(is_active=False)
        assert live.act()["error"]["code"] == "INVALID_ACTION_TYPE"


@pytest.mark.parametrize(("frame", "request_id"), BAD_FRAMES, ids=range(len(BAD_FRAMES)))
def test_a_bad_frame_is_refused_under_its_id_if_that_can_be_read(
    one_port: OnePort, frame: Frame, request_id: str | None
) -> None:
    with LiveClient(one_port, ANA) as live:
        answer = live.ask(frame)
        assert answer["error"]["code"] in {"INVALID_REQUEST", "MISSING_REQUIRED_FIELDS"}
        assert answer.get("requestId") == request_id
        assert live.ask(PING) == {"type": "pong"}
    assert not ScoreEvent.objects.exists()


def test_without_an_id_the_missing_field_is_named(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        answer = live.ask({"type": "submit_action", "data": {"actionType": "LEVEL_COMPLETE"}})
    assert answer["error"]["details"] == {"fields": ["requestId"]}


def test_the_same_id_and_body_again_is_a_replay(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        first = live.act("run-1", metadata={"a": 1, "b": 2})
        again = live.act("run-1", metadata={"b": 2, "a": 1})
    assert "replayed" not in first
    assert again == {"type": "action_result", "data": {**first["data"], "previousRank": 1}, "replayed": True}
    assert UserScore.objects.get().current_score == 150


@pytest.mark.parametrize("changed", [{"metadata": {"a": 2}}, {}, {"action_type": "BOSS_DEFEAT", "metadata": {"a": 1}}])
def test_the_same_id_with_another_body_is_refused(one_port: OnePort, changed: dict[str, Any]) -> None:
    with LiveClient(one_port, ANA) as live:
        live.act("run-1", metadata={"a": 1})
        assert live.act("run-1", **changed)["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert UserScore.objects.get().current_score == 150


def test_a_put_and_a_socket_with_one_id_count_once(one_port: OnePort) -> None:
    first = put(one_port, {"actionType": "LEVEL_COMPLETE"}, x_request_id="run-1")["data"]
    with LiveClient(one_port, ANA) as live:
        again = live.act("run-1")
        assert again == {"type": "action_result", "data": {**first, "previousRank": 1}, "replayed": True}
        other = live.act("run-2")["data"]
    assert put(one_port, {"actionType": "LEVEL_COMPLETE"}, idempotency_key="run-2")["data"]["newScore"] == 300
    duplicate = put(one_port, {"actionType": "LEVEL_COMPLETE"}, x_request_id="run-2")["error"]
    assert duplicate["details"]["originalActionId"] == other["actionId"]
    assert UserScore.objects.get().current_score == 300


def test_a_viewer_token_may_not_act_and_may_go_on_watching(one_port: OnePort) -> None:
    token = httpx.post(f"{one_port.address}/api/v1/live/viewer-token").json()["data"]["token"]
    with LiveClient(one_port, query=f"?token={token}") as live:
        answer = live.act("run-1")
        assert (answer["error"]["code"], answer["requestId"]) == ("PERMISSION_DENIED", "run-1")
        assert live.subscribe(10)["leaderboard"] == []


def test_after_authenticate_an_action_is_the_new_users(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        live.act("run-1")
        live.authenticate(BOB)
        assert live.act("run-1")["data"]["newScore"] == 150
    assert set(UserScore.objects.values_list("user_id", flat=True)) == {"ana", "bob"}


def test_the_board_follows_and_needs_no_subscription(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live, LiveClient(one_port, BOB) as watcher:
        watcher.subscribe(10)
        live.act("run-1")
        assert [row["score"] for row in watcher.board()["leaderboard"]] == [150]
        assert live.until_quiet() == []


def test_an_action_is_answered_after_unsubscribe(one_port: OnePort) -> None:
    with LiveClient(one_port, ANA) as live:
        live.subscribe(10)
        live.send({"type": "unsubscribe_leaderboard"})
        live.submit("run-1")
        # A board that was under way may come first.
        answer = next(frame for frame in iter(live.receive, None) if frame["type"] != "scoreboard_update")
    assert answer["data"]["newScore"] == 150


def test_a_frame_of_4_kib_holds_its_metadata_and_a_larger_one_closes_the_socket(one_port: OnePort) -> None:
    frame = {"type": "submit_action", "data": {"requestId": "r", "actionType": "DAILY_BONUS", "metadata": {"a": ""}}}
    room = 4096 - len(json.dumps(frame, separators=(",", ":")))
    frame["data"]["metadata"]["a"] = "x" * room  # type: ignore[index]
    text = json.dumps(frame, separators=(",", ":"))
    with LiveClient(one_port, ANA) as live:
        assert live.ask(text)["data"]["newScore"] == 50
        live.send(text.replace("xx", "xxx", 1))
        assert live.close_code() == 1009
    assert ScoreEvent.objects.count() == 1
