"""The blocking client."""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import httpx

from scoreboard_client.actions import MAX_BATCH_ACTIONS, ScoreAction
from scoreboard_client.answers import (
    ActionType,
    BatchResult,
    BoardPage,
    DailyScore,
    HistoryPage,
    LeaderboardEntry,
    Neighbours,
    ScoreEvent,
    ScoreUpdate,
    UserScore,
)
from scoreboard_client.live.blocking import LiveBoards
from scoreboard_client.live.session import LiveSession
from scoreboard_client.paging import MAX_BOARD_LIMIT, MAX_HISTORY_LIMIT, NewEvents, next_offset
from scoreboard_client.retry import DEFAULT_LIVE, DEFAULT_RETRY, LivePolicy, RetryPolicy
from scoreboard_client.settings import DEFAULT_TIMEOUT_SECONDS, ClientSettings
from scoreboard_client.steps import Ask, Flow, Send, Step, Supply, Wait
from scoreboard_client.tokens import TokenSupplier

T = TypeVar("T")


class Scoreboard:
    """A client for one server. Threads can share it. Use it in a `with` block, or call `close`.

    Pass a `token`, a function that returns one, or `username` and `password`. Public reads need no credentials.
    `timeout` limits each wait for the network, in seconds; `retry` limits the number of tries and their total time.
    Every method raises ScoreboardError.
    """

    def __init__(  # noqa: PLR0913 - keyword arguments
        self,
        base_url: str,
        *,
        token: str | TokenSupplier | None = None,
        username: str | None = None,
        password: str | None = None,
        retry: RetryPolicy = DEFAULT_RETRY,
        live: LivePolicy = DEFAULT_LIVE,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        ssl_context: ssl.SSLContext | None = None,
        trust_env: bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._settings = settings = ClientSettings(
            base_url=base_url,
            token=token,
            username=username,
            password=password,
            retry=retry,
            live=live,
            timeout=timeout,
            ssl_context=ssl_context,
            trust_env=trust_env,
        )
        self._operations = settings.operations()
        self._token_lock = threading.Lock()
        self._http = httpx.Client(**settings.http_options(transport))

    def update(
        self, action_type: str, metadata: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None
    ) -> ScoreUpdate:
        """Report an action of the token's user. It counts once, even if it is sent several times under one key.

        Without `idempotency_key` a new key is generated. A key has 1 to 128 letters, digits and `._:-`.
        """
        return self._run(self._operations.update(action_type, metadata, idempotency_key))

    def batch(self, actions: Iterable[ScoreAction], chunk_size: int = MAX_BATCH_ACTIONS) -> list[BatchResult]:
        """Report actions of any users, `chunk_size` in each request. The results have the order of the actions.

        Needs the scope `scores:write:any`. After an error, send the same objects again: each action counts once.
        """
        return self._run(self._operations.batch(actions, chunk_size))

    def board(self, limit: int = 10, offset: int = 0) -> BoardPage:
        """A page of the board; `limit` is from 1 to 100."""
        return self._run(self._operations.board(limit, offset))

    def board_pages(self, limit: int = MAX_BOARD_LIMIT, offset: int = 0) -> Iterator[BoardPage]:
        """The board page by page. A user who moves between two reads can appear twice or not at all."""
        following: int | None = offset
        while following is not None:
            page = self.board(limit, following)
            yield page
            following = next_offset(page)

    def iterate_board(self, offset: int = 0) -> Iterator[LeaderboardEntry]:
        """The board entry by entry; see `board_pages`."""
        for page in self.board_pages(offset=offset):
            yield from page.leaderboard

    def around(self, user_id: str, radius: int = 5) -> Neighbours:
        """A user with up to `radius` (1 to 50) users above and below."""
        return self._run(self._operations.around(user_id, radius))

    def user_score(self, user_id: str) -> UserScore:
        """A user's score, rank, percentile and averages."""
        return self._run(self._operations.user_score(user_id))

    def daily(self, user_id: str, days: int = 90) -> tuple[DailyScore, ...]:
        """A user's score by UTC day, for the last `days` (1 to 365)."""
        return self._run(self._operations.daily(user_id, days))

    def history_pages(self, user_id: str, limit: int = MAX_HISTORY_LIMIT, offset: int = 0) -> Iterator[HistoryPage]:
        """A user's score events page by page, newest first; `limit` is from 1 to 200.

        Other users' events need the scope `scores:read:any`.
        """
        following: int | None = offset
        while following is not None:
            page = self._run(self._operations.history(user_id, limit, following))
            yield page
            following = next_offset(page)

    def history(self, user_id: str) -> Iterator[ScoreEvent]:
        """A user's score events one by one, without repeats; see `history_pages`."""
        events = NewEvents()
        for page in self.history_pages(user_id):
            yield from events.of(page)

    def action_types(self) -> tuple[ActionType, ...]:
        """The action types that can be reported now."""
        return self._run(self._operations.action_types())

    def live(self, limit: int = 10) -> LiveBoards:
        """Watch the top `limit` (1 to 100): the board at once, then on every change."""
        session = LiveSession(limit=limit, tokens=self._operations.tokens, policy=self._settings.live)
        return LiveBoards(self._settings, session, self._token)

    def close(self) -> None:
        """Close the connections. Live boards must be closed separately."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, flow: Flow[T]) -> T:
        outcome: object = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as end:
                return cast("T", end.value)
            outcome = self._perform(step)

    def _perform(self, step: Step) -> object:
        match step:
            case Send(call, timeout_seconds):
                try:
                    return self._http.request(
                        call.method,
                        call.path,
                        params=dict(call.params),
                        headers=call.headers,
                        content=call.content,
                        timeout=timeout_seconds,
                    )
                except httpx.RequestError as error:
                    return error
            case Wait(seconds):
                time.sleep(seconds)
            case Supply(function):
                return function()
            case Ask():
                return self._token(step)
        return None

    def _token(self, step: Ask) -> str | None:
        with self._token_lock:
            return self._run(self._operations.tokens.token(step.rejected))
