"""The asyncio client."""

import asyncio
import inspect
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
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
from scoreboard_client.live.asynchronous import AsyncLiveBoards
from scoreboard_client.live.session import LiveSession
from scoreboard_client.paging import MAX_BOARD_LIMIT, MAX_HISTORY_LIMIT, NewEvents, next_offset
from scoreboard_client.retry import DEFAULT_LIVE, DEFAULT_RETRY, LivePolicy, RetryPolicy
from scoreboard_client.settings import DEFAULT_TIMEOUT_SECONDS, ClientSettings
from scoreboard_client.steps import Ask, Flow, Send, Step, Supply, Wait
from scoreboard_client.tokens import AsyncTokenSupplier

T = TypeVar("T")


class AsyncScoreboard:
    """A client for one server, in one event loop. Use it in an `async with` block, or await `aclose`.

    Pass a `token`, a function (sync or async) that returns one, or `username` and `password`. Public reads need no
    credentials. `timeout` limits each wait for the network, in seconds; `retry` limits the number of tries and their
    total time. Every method raises ScoreboardError.
    """

    def __init__(  # noqa: PLR0913 - keyword arguments
        self,
        base_url: str,
        *,
        token: str | AsyncTokenSupplier | None = None,
        username: str | None = None,
        password: str | None = None,
        retry: RetryPolicy = DEFAULT_RETRY,
        live: LivePolicy = DEFAULT_LIVE,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        ssl_context: ssl.SSLContext | None = None,
        trust_env: bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
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
        self._token_lock = asyncio.Lock()
        self._http = httpx.AsyncClient(**settings.http_options(transport))

    async def update(
        self, action_type: str, metadata: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None
    ) -> ScoreUpdate:
        """Report an action of the token's user. It counts once, even if it is sent several times under one key.

        Without `idempotency_key` a new key is generated. A key has 1 to 128 letters, digits and `._:-`.
        """
        return await self._run(self._operations.update(action_type, metadata, idempotency_key))

    async def batch(self, actions: Iterable[ScoreAction], chunk_size: int = MAX_BATCH_ACTIONS) -> list[BatchResult]:
        """Report actions of any users, `chunk_size` in each request. The results have the order of the actions.

        Needs the scope `scores:write:any`. After an error, send the same objects again: each action counts once.
        """
        return await self._run(self._operations.batch(actions, chunk_size))

    async def board(self, limit: int = 10, offset: int = 0) -> BoardPage:
        """A page of the board; `limit` is from 1 to 100."""
        return await self._run(self._operations.board(limit, offset))

    async def board_pages(self, limit: int = MAX_BOARD_LIMIT, offset: int = 0) -> AsyncIterator[BoardPage]:
        """The board page by page. A user who moves between two reads can appear twice or not at all."""
        following: int | None = offset
        while following is not None:
            page = await self.board(limit, following)
            yield page
            following = next_offset(page)

    async def iterate_board(self, offset: int = 0) -> AsyncIterator[LeaderboardEntry]:
        """The board entry by entry; see `board_pages`."""
        async for page in self.board_pages(offset=offset):
            for entry in page.leaderboard:
                yield entry

    async def around(self, user_id: str, radius: int = 5) -> Neighbours:
        """A user with up to `radius` (1 to 50) users above and below."""
        return await self._run(self._operations.around(user_id, radius))

    async def user_score(self, user_id: str) -> UserScore:
        """A user's score, rank, percentile and averages."""
        return await self._run(self._operations.user_score(user_id))

    async def daily(self, user_id: str, days: int = 90) -> tuple[DailyScore, ...]:
        """A user's score by UTC day, for the last `days` (1 to 365)."""
        return await self._run(self._operations.daily(user_id, days))

    async def history_pages(
        self, user_id: str, limit: int = MAX_HISTORY_LIMIT, offset: int = 0
    ) -> AsyncIterator[HistoryPage]:
        """A user's score events page by page, newest first; `limit` is from 1 to 200.

        Other users' events need the scope `scores:read:any`.
        """
        following: int | None = offset
        while following is not None:
            page = await self._run(self._operations.history(user_id, limit, following))
            yield page
            following = next_offset(page)

    async def history(self, user_id: str) -> AsyncIterator[ScoreEvent]:
        """A user's score events one by one, without repeats; see `history_pages`."""
        events = NewEvents()
        async for page in self.history_pages(user_id):
            for event in events.of(page):
                yield event

    async def action_types(self) -> tuple[ActionType, ...]:
        """The action types that can be reported now."""
        return await self._run(self._operations.action_types())

    def live(self, limit: int = 10) -> AsyncLiveBoards:
        """Watch the top `limit` (1 to 100): the board at once, then on every change."""
        session = LiveSession(limit=limit, tokens=self._operations.tokens, policy=self._settings.live)
        return AsyncLiveBoards(self._settings, session, self._token)

    async def aclose(self) -> None:
        """Close the connections. Live boards must be closed separately."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _run(self, flow: Flow[T]) -> T:
        outcome: object = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as end:
                return cast("T", end.value)
            outcome = await self._perform(step)

    async def _perform(self, step: Step) -> object:
        match step:
            case Send(call, timeout_seconds):
                try:
                    return await self._http.request(
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
                await asyncio.sleep(seconds)
            case Supply(function):
                supplied = function()
                return await supplied if inspect.isawaitable(supplied) else supplied
            case Ask():
                return await self._token(step)
        return None

    async def _token(self, step: Ask) -> str | None:
        async with self._token_lock:
            return await self._run(self._operations.tokens.token(step.rejected))
