"""The frames in and out as named types, the close codes, and the refusal. Only this module knows the frames' JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from websockets.frames import Opcode

from leaderboard.board_keys import MAX_BOARD_LIMIT
from leaderboard.types import Board
from live.connections.frames import OutgoingFrame, unmasked
from scoreboard_project.api.envelope import error_output
from scoreboard_project.api.errors import ApiError, InvalidLimit, InvalidRequest, InvalidToken
from scoreboard_project.api.json_codec import decode_strict_json, encode_json
from scoreboard_project.api.request_id import RequestId
from scoreboard_project.api.shapes import read_body
from scores.api.score_update import ScoreUpdateInput, ScoreUpdateOutput

DEFAULT_LIMIT = 10
FRAME_FIELDS = frozenset({"type", "data"})
# As long as an id may be. A longer one is not repeated in the error that refuses it.
LONGEST_REPEATED_ID = 128
KNOWN_TYPES = ["subscribe_leaderboard", "unsubscribe_leaderboard", "ping", "authenticate", "submit_action"]


class CloseCode(IntEnum):
    """Why the server closes a socket."""

    GOING_AWAY = 1001
    TRY_AGAIN_LATER = 1013
    BAD_TOKEN = 4401
    FORBIDDEN = 4403
    SLOW_READER = 4408
    TOO_MANY = 4429


@dataclass(frozen=True, slots=True)
class Subscribe:
    """`subscribe_leaderboard`: send the top `limit` from now on."""

    limit: int


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """`unsubscribe_leaderboard`."""


@dataclass(frozen=True, slots=True)
class Ping:
    """`ping`, for clients that cannot see websocket pings."""


@dataclass(frozen=True, slots=True)
class Authenticate:
    """`authenticate`: a new token, before the old one expires."""

    token: str


class SubmitActionInput(ScoreUpdateInput, kw_only=True):
    """The data of a `submit_action`: the body of a score update, and the id that tells a repeat from a new action."""

    request_id: RequestId


@dataclass(frozen=True, slots=True)
class SubmitAction:
    """`submit_action`. `frame` is not checked yet, because a refusal must name the action."""

    frame: Mapping[str, Any]

    @property
    def request_id(self) -> str | None:
        """The id by which the client knows the action, well-formed or not; None if there is none to repeat."""
        data = self.frame.get("data")
        found = data.get("requestId") if isinstance(data, dict) else None
        return found if isinstance(found, str) and len(found) <= LONGEST_REPEATED_ID else None

    def read(self) -> SubmitActionInput:
        """Raises InvalidRequest, MissingRequiredFields, InvalidActionType or InvalidMetadata."""
        _refuse_fields(self.frame, FRAME_FIELDS)
        return read_body(self.frame.get("data", {}), SubmitActionInput, what="data")


ClientMessage = Subscribe | Unsubscribe | Ping | Authenticate | SubmitAction


def parse_client_message(text: str | None) -> ClientMessage:
    """Read a client's frame. Raises InvalidRequest, InvalidLimit or InvalidToken; the socket then stays open."""
    if text is None:
        raise InvalidRequest("Frames must be JSON text")
    value = decode_strict_json(text.encode("utf-8", "surrogatepass"))
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise InvalidRequest("A frame must be a JSON object with a type")
    if value["type"] == "submit_action":
        return SubmitAction(value)
    _refuse_fields(value, FRAME_FIELDS)
    fields = value.get("data", {})
    if not isinstance(fields, dict):
        raise InvalidRequest("data must be an object")
    match value["type"]:
        case "subscribe_leaderboard":
            _refuse_fields(fields, {"limit"})
            return Subscribe(_read_limit(fields))
        case "unsubscribe_leaderboard":
            return Unsubscribe()
        case "ping":
            return Ping()
        case "authenticate":
            return Authenticate(_read_token(fields))
        case _:
            raise InvalidRequest("Unknown message type", details={"knownTypes": KNOWN_TYPES})


def _refuse_fields(value: Mapping[str, Any], known: frozenset[str] | set[str]) -> None:
    if value.keys() - known:
        raise InvalidRequest("Unknown fields", details={"knownFields": sorted(known)})


def _read_limit(fields: Mapping[str, Any]) -> int:
    limit = fields.get("limit", DEFAULT_LIMIT)
    if type(limit) is not int or not 1 <= limit <= MAX_BOARD_LIMIT:
        raise InvalidLimit(
            f"limit must be a whole number from 1 to {MAX_BOARD_LIMIT}",
            details={"parameter": "limit", "minimum": 1, "maximum": MAX_BOARD_LIMIT},
        )
    return limit


def _read_token(fields: Mapping[str, Any]) -> str:
    token = fields.get("token")
    if not isinstance(token, str) or not token.isascii():
        raise InvalidToken
    return token


def _frame(value: Mapping[str, Any]) -> OutgoingFrame:
    body = encode_json(value)
    return OutgoingFrame(body.decode(), unmasked(Opcode.TEXT, body))


def scoreboard_update(board: Board, limit: int) -> OutgoingFrame:
    rows = [
        {"rank": rank, "userId": row.user_id, "username": row.username, "score": row.score}
        for rank, row in enumerate(board.rows[:limit], start=1)
    ]
    timestamp = board.refreshed_at.astimezone(UTC)
    return _frame({"type": "scoreboard_update", "data": {"leaderboard": rows, "limit": limit, "timestamp": timestamp}})


def error(problem: ApiError, request_id: str | None = None) -> OutgoingFrame:
    """What was wrong with a frame of the client. `request_id` names the action that is refused."""
    named = {} if request_id is None else {"requestId": request_id}
    return _frame({"type": "error", "error": error_output(problem), **named})


def action_result(output: ScoreUpdateOutput, *, is_replay: bool) -> OutgoingFrame:
    """What an action did. A repeat of its request id gets the same again, marked as a replay."""
    marked = {"replayed": True} if is_replay else {}
    return _frame({"type": "action_result", "data": output, **marked})


def authenticated(expires_at: float) -> OutgoingFrame:
    """The new token is valid; the socket now closes when it expires."""
    return _frame({"type": "authenticated", "data": {"expiresAt": datetime.fromtimestamp(expires_at, UTC)}})


def reconnect(after_milliseconds: int) -> OutgoingFrame:
    """The process is about to stop. The delay differs by socket, so that clients do not all reconnect at once."""
    return _frame({"type": "reconnect", "data": {"afterMs": after_milliseconds}})


PONG = _frame({"type": "pong"})


async def refuse_unknown_address(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
    """Refuse a handshake at an unknown address, with HTTP 404 if the server supports it, else with 403."""
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        await send({"type": "websocket.http.response.start", "status": 404, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"Nothing is at this address.\n"})
    else:
        await send({"type": "websocket.close"})
