"""docs/websocket.md shows the frames that the server really reads and writes, and every close code."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from leaderboard.board_keys import MAX_BOARD_LIMIT
from leaderboard.types import Board, BoardRow
from live.connections.frames import MAX_AUTHENTICATE_BYTES, MAX_FRAME_BYTES, OutgoingFrame
from live.sockets import messages
from live.sockets.actions import MAX_UNANSWERED_ACTIONS
from live.sockets.messages import (
    Authenticate,
    CloseCode,
    Ping,
    SubmitAction,
    Subscribe,
    Unsubscribe,
    parse_client_message,
)
from scoreboard_project.api.errors import ApiError, ErrorCode
from scoreboard_project.tokens.tokens import MAX_TOKEN_LENGTH
from scores.api import score_update

Frame = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "websocket.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"<!-- frame: (\w+), (to|from) the server -->\n```json\n(.*?)```", re.DOTALL)
SETTING = re.compile(r"^\| `(LIVE_[A-Z0-9_]+)` \| `([0-9.]+)` \|", re.MULTILINE)
MOMENT = datetime(2024, 1, 15, 10, 30, 0, 123456, tzinfo=UTC)
ACTION = {
    "requestId": "level-5-of-run-77",
    "actionType": "LEVEL_COMPLETE",
    "metadata": {"level": 5, "timeCompleted": 45.2, "accuracy": 0.95},
}
RESULT = replace(score_update.EXAMPLE, request_id="level-5-of-run-77", processed_at=MOMENT)
WHOLE_SECOND = datetime(2024, 1, 15, 11, 30, tzinfo=UTC)

READ = [
    Subscribe(25),
    Subscribe(messages.DEFAULT_LIMIT),
    Unsubscribe(),
    Ping(),
    Authenticate("eyJhbGciOiJSUzI1NiJ9.eyJ1c2VyX2lkIjoiYW5hIn0.c2lnbmF0dXJl"),
    SubmitAction({"type": "submit_action", "data": ACTION}),
]
WRITTEN = {
    "scoreboard_update": messages.scoreboard_update(Board((BoardRow("ana", "Ana", 150, MOMENT),) * 2, MOMENT), 25),
    "pong": messages.PONG,
    "authenticated": messages.authenticated(WHOLE_SECOND.timestamp()),
    "reconnect": messages.reconnect(1834),
    "action_result": messages.action_result(RESULT, is_replay=False),
}
REFUSED = {
    "INVALID_REQUEST": '{"type": "subscribe"}',
    "INVALID_LIMIT": '{"type": "subscribe_leaderboard", "data": {"limit": 0}}',
    "INVALID_TOKEN": '{"type": "authenticate", "data": {"token": 7}}',
}


BAD_ACTION = '{"type": "submit_action", "data": {"requestId": "level-5-of-run-77", "actionType": "level complete"}}'


def examples(direction: str) -> list[tuple[str, Frame]]:
    """The page's frames in one direction, each with the type that its comment names."""
    return [(name, json.loads(text)) for name, way, text in EXAMPLE.findall(PAGE) if way == direction]


def errors_shown() -> dict[str, Frame]:
    """The errors of frames that are not actions."""
    return {
        frame["error"]["code"]: frame
        for name, frame in examples("from")
        if name == "error" and "requestId" not in frame
    }


def written(frame: OutgoingFrame) -> Frame:
    found: Frame = json.loads(frame.text)
    return found


def refusal_of(text: str) -> Frame:
    with pytest.raises(ApiError) as raised:
        parse_client_message(text)
    return written(messages.error(raised.value))


def shape(value: Any) -> Any:
    """The keys and types of a JSON value; for a time also its precision."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", value):
        return re.sub(r"\d", "0", value)
    return type(value)


def test_each_example_has_the_type_that_its_comment_names() -> None:
    found = examples("to") + examples("from")
    assert [name for name, _ in found] == [frame["type"] for _, frame in found]


def test_no_example_is_left_unmarked() -> None:
    marked = len(EXAMPLE.findall(PAGE))
    assert PAGE.count('"type":') - PAGE.count('`{"type":') == marked


def test_the_server_reads_each_client_frame_as_the_page_says() -> None:
    assert [parse_client_message(json.dumps(frame)) for _, frame in examples("to")] == READ


def test_the_page_shows_every_type_that_a_client_may_send() -> None:
    assert {name for name, _ in examples("to")} == set(messages.KNOWN_TYPES)


def test_the_page_shows_every_type_that_the_server_sends() -> None:
    source = Path(messages.__file__).read_text(encoding="utf-8")
    sent = set(re.findall(r'_frame\(\{"type": "(\w+)"', source))
    assert {name for name, _ in examples("from")} == sent == {*WRITTEN, "error"}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_server_frame_has_the_shape_that_the_server_writes(name: str) -> None:
    (shown,) = (frame for found, frame in examples("from") if found == name)
    assert shape(shown) == shape(written(WRITTEN[name]))


def test_the_page_shows_every_error_that_a_frame_may_cause() -> None:
    assert errors_shown().keys() == REFUSED.keys()


@pytest.mark.parametrize("code", REFUSED)
def test_an_error_is_shown_as_the_server_writes_it(code: str) -> None:
    assert errors_shown()[code] == refusal_of(REFUSED[code])


def test_the_refusal_of_an_action_is_shown_as_the_server_writes_it() -> None:
    (shown,) = (frame for name, frame in examples("from") if name == "error" and "requestId" in frame)
    action = parse_client_message(BAD_ACTION)
    assert isinstance(action, SubmitAction)
    with pytest.raises(ApiError) as raised:
        action.read()
    assert shown == written(messages.error(raised.value, action.request_id))


def test_the_result_on_the_page_is_the_one_that_the_server_writes() -> None:
    (shown,) = (frame for name, frame in examples("from") if name == "action_result")
    assert shown == written(WRITTEN["action_result"])


def test_the_errors_of_an_action_are_codes_that_exist() -> None:
    (listed,) = re.findall(r"with the same `details`: (.*?)\.\n\[errors", PAGE, re.DOTALL)
    codes = re.findall(r"`([A-Z_]+)`", listed)
    assert len(codes) == 11
    assert set(codes) <= {code.value for code in ErrorCode}


def test_every_close_code_is_on_the_page_with_its_number() -> None:
    listed = re.findall(r"^\| (\d{4}) \| `([A-Z_]+)` \|", PAGE, re.MULTILINE)
    assert listed == [(str(code.value), code.name) for code in CloseCode]


def test_the_page_names_the_limits_of_a_subscription() -> None:
    assert f"from 1 to {MAX_BOARD_LIMIT}. A new subscription" in PAGE
    assert f"it is the top {messages.DEFAULT_LIMIT}:" in PAGE


def test_the_defaults_are_those_of_the_settings_page() -> None:
    listed = dict(SETTING.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    shown = dict(SETTING.findall(PAGE))
    assert len(shown) == 6
    assert shown == {name: listed[name] for name in shown}


def test_the_limit_of_a_frame_is_the_same_wherever_it_is_set() -> None:
    places = ("scoreboard_project/launcher/web.py", "Dockerfile", "docs/deploy.md")
    set_to = {place: re.findall(r"ws[-_]max[-_]size[= ](\d+)", (ROOT / place).read_text("utf-8")) for place in places}
    assert set_to == {place: [str(MAX_AUTHENTICATE_BYTES)] for place in places}
    assert f"A frame may have {MAX_FRAME_BYTES // 1024} KiB" in PAGE
    assert f"`authenticate` frame may have {MAX_AUTHENTICATE_BYTES // 1024} KiB" in PAGE
    assert MAX_AUTHENTICATE_BYTES > MAX_TOKEN_LENGTH + 512
    assert PAGE.count(f"A socket may have {MAX_UNANSWERED_ACTIONS} unanswered actions") == 2
    assert f"A token may have {MAX_TOKEN_LENGTH // 1024} KiB" in PAGE
