"""The API's operations as flows. Only this module knows their addresses, bodies and answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from scoreboard_client.actions import Chunk, ScoreAction, chunks_of, encode, new_request_id
from scoreboard_client.answers import (
    ActionType,
    ActionTypes,
    BatchResult,
    BoardPage,
    DailyScore,
    DailyScores,
    HistoryPage,
    Neighbours,
    ScoreUpdate,
    UserScore,
)
from scoreboard_client.decoding import UnexpectedShape, decode
from scoreboard_client.errors import InvalidToken, ScoreboardError, error_of
from scoreboard_client.exchange import Answer, Exchange
from scoreboard_client.steps import Ask, Call, Flow
from scoreboard_client.tokens import JSON_HEADERS, TokenSource, bearer


@dataclass(frozen=True, slots=True)
class Operations:
    """The flows of one client. All of them raise ScoreboardError."""

    exchange: Exchange
    tokens: TokenSource

    def update(self, action_type: str, metadata: Mapping[str, Any] | None, key: str | None) -> Flow[ScoreUpdate]:
        """`PUT /scores/update`. All tries carry the same idempotency key."""
        key = key or new_request_id()
        body = {"actionType": action_type, **({} if metadata is None else {"metadata": dict(metadata)})}
        headers = {**JSON_HEADERS, "Idempotency-Key": key}
        call = Call("PUT", "/api/v1/scores/update", headers=headers, content=encode(body))
        try:
            answer = yield from self._send_with_token(call)
        except ScoreboardError as error:
            error.idempotency_key = key
            raise
        return replace(answer.decoded(ScoreUpdate), replayed=answer.headers.get("Idempotency-Replayed") == "true")

    def batch(self, actions: Iterable[ScoreAction], chunk_size: int) -> Flow[list[BatchResult]]:
        """`POST /scores/batch`, once for each chunk."""
        results: list[BatchResult] = []
        for chunk in chunks_of(actions, chunk_size):
            call = Call("POST", "/api/v1/scores/batch", headers=JSON_HEADERS, content=chunk.body)
            results += _batch_results((yield from self._send_with_token(call)), chunk)
        return results

    def board(self, limit: int, offset: int) -> Flow[BoardPage]:
        """`GET /scoreboard`."""
        call = Call("GET", "/api/v1/scoreboard", {"limit": limit, "offset": offset})
        return (yield from self.exchange.send(call)).decoded(BoardPage)

    def around(self, user_id: str, radius: int) -> Flow[Neighbours]:
        """`GET /scoreboard/around/{userId}`."""
        call = Call("GET", f"/api/v1/scoreboard/around/{quoted(user_id)}", {"radius": radius})
        return (yield from self.exchange.send(call)).decoded(Neighbours)

    def user_score(self, user_id: str) -> Flow[UserScore]:
        """`GET /users/{userId}/scores`."""
        call = Call("GET", f"/api/v1/users/{quoted(user_id)}/scores")
        return (yield from self.exchange.send(call)).decoded(UserScore)

    def daily(self, user_id: str, days: int) -> Flow[tuple[DailyScore, ...]]:
        """`GET /users/{userId}/scores/daily`."""
        call = Call("GET", f"/api/v1/users/{quoted(user_id)}/scores/daily", {"days": days})
        return (yield from self.exchange.send(call)).decoded(DailyScores).days

    def history(self, user_id: str, limit: int, offset: int) -> Flow[HistoryPage]:
        """`GET /users/{userId}/scores/history`."""
        path = f"/api/v1/users/{quoted(user_id)}/scores/history"
        answer = yield from self._send_with_token(Call("GET", path, {"limit": limit, "offset": offset}))
        return answer.decoded(HistoryPage)

    def action_types(self) -> Flow[tuple[ActionType, ...]]:
        """`GET /action-types`."""
        answer = yield from self.exchange.send(Call("GET", "/api/v1/action-types"))
        return answer.decoded(ActionTypes).action_types

    def _send_with_token(self, call: Call) -> Flow[Answer]:
        """Send with a token. If the server refuses it although it seemed valid, renew it once and send again."""
        token: str | None = yield Ask()
        try:
            return (yield from self.exchange.send(call.with_headers(bearer(token))))
        except InvalidToken:
            if not self.tokens.can_renew:
                raise
        token = yield Ask(rejected=token)
        return (yield from self.exchange.send(call.with_headers(bearer(token))))


def quoted(user_id: str) -> str:
    """A user id as one segment of a path, with slashes and dots escaped. Raises ValueError for an empty id."""
    if not user_id:
        raise ValueError("The user id is empty")
    return quote(user_id, safe="").replace(".", "%2E")


def _batch_results(answer: Answer, chunk: Chunk) -> list[BatchResult]:
    match answer.data:
        case {"results": list(results)} if len(results) == len(chunk.actions):
            try:
                return [_batch_result(result, action) for result, action in zip(results, chunk.actions, strict=True)]
            except UnexpectedShape as error:
                raise answer.unexpected(str(error)) from None
    raise answer.unexpected("not one result for each action")


def _batch_result(result: object, action: ScoreAction) -> BatchResult:
    match result:
        case {"status": "error", "error": dict(problem)}:
            return BatchResult(user_id=action.user_id, request_id=action.request_id, error=error_of(problem))
        case {"status": "applied" | "pending" | "replayed" as status, "requestId": action.request_id, **fields}:
            fields |= {"requestId": action.request_id, "replayed": status == "replayed"}
            update = decode(ScoreUpdate, {**fields, "status": status if status == "pending" else None})
            return BatchResult(user_id=action.user_id, request_id=action.request_id, update=update)
    raise UnexpectedShape("a result with an unknown status or for another request")
