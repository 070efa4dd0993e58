"""A game that speaks HTTP with the API: with the WSGI application in this process, or with a server elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from scoreboard_project.testing.cast import SERVER, Player
from scoreboard_project.wsgi import application

HeaderItems = Mapping[str, str] | Mapping[bytes, bytes]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The envelope."""
        found: dict[str, Any] = msgspec.json.decode(self.content)
        return found

    @property
    def data(self) -> dict[str, Any]:
        """What a success carries."""
        assert self.body["success"] is True, self.body
        found: dict[str, Any] = self.body["data"]
        return found

    @property
    def error(self) -> dict[str, Any]:
        """What a failure carries: the whole envelope is checked on the way."""
        assert self.body.keys() == {"success", "error"}, self.body
        assert self.body["success"] is False
        found: dict[str, Any] = self.body["error"]
        assert found.keys() == {"code", "message", "details"}
        assert found["message"]
        assert self.headers["Content-Type"] == "application/json"
        assert self.headers["X-Request-ID"]
        return found

    def failed_with(self, status: int, code: str) -> bool:
        """Whether it is this error, in the whole envelope."""
        assert (self.status, self.error["code"]) == (status, code), (self.status, self.body)
        return True


class Game:
    """Real requests. Without a server's address they go through the whole WSGI application, in this thread."""

    def __init__(self, server: str | None = None) -> None:
        # No server of the tests speaks TLS, and to read the machine's certificates takes 20 ms.
        transport = httpx.HTTPTransport(verify=False) if server else httpx.WSGITransport(application)
        self._http = httpx.Client(transport=transport, base_url=server or "http://testserver", timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: HeaderItems | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Any request at all; `path` is below /api/v1 unless it starts with a slash."""
        address = path if path.startswith("/") else f"/api/v1/{path}"
        response = self._http.request(method, address, headers=headers, content=content)
        return Answer(response.status_code, response.headers, response.content)

    def get(self, path: str, player: Player | None = None, *scopes: str, **headers: str) -> Answer:
        """A read, with a player's token when one is given."""
        return self.send("GET", path, headers={**(player.bearer(*scopes) if player else {}), **_dashed(headers)})

    def update(self, player: Player, body: Any = None, **headers: str) -> Answer:
        """`PUT /scores/update`; a level is completed unless `body` says otherwise. Bytes are sent as they are."""
        asked = {"actionType": "LEVEL_COMPLETE"} if body is None else body
        content = asked if isinstance(asked, bytes) else msgspec.json.encode(asked)
        sent = {"Content-Type": "application/json", **player.bearer(), **_dashed(headers)}
        return self.send("PUT", "scores/update", headers=sent, content=content)

    def batch(self, items: list[Any]) -> Answer:
        """`POST /scores/batch`, by a game server."""
        sent = {"Content-Type": "application/json", **SERVER.bearer("scores:write:any")}
        return self.send("POST", "scores/batch", headers=sent, content=msgspec.json.encode({"actions": items}))

    def board(self, limit: int = 10, offset: int = 0) -> list[dict[str, Any]]:
        """The rows of a page."""
        answer = self.get(f"scoreboard?limit={limit}&offset={offset}")
        assert answer.status == 200, answer.body
        rows: list[dict[str, Any]] = answer.data["leaderboard"]
        return rows


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    """`x_request_id` → `x-request-id`."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
