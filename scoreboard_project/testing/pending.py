"""Score updates that are sent and not answered yet, each on a connection of its own."""

import http.client
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.waiting import status_of

BODY = b'{"actionType": "LEVEL_COMPLETE"}'


@dataclass(frozen=True)
class PendingUpdate:
    """An update under way. Its idempotency key is `key`."""

    key: str
    connection: http.client.HTTPConnection

    @classmethod
    def send(cls, address: str, player: Player, key: str) -> Self:
        """The server knows the connection by an earlier request, and has the whole update."""
        found = urlsplit(address)
        connection = http.client.HTTPConnection(found.hostname or "", found.port, timeout=20)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, **player.bearer()}
        connection.request("PUT", "/api/v1/scores/update", body=BODY, headers=headers)
        return cls(key, connection)

    def answer(self) -> tuple[int, dict[str, str], dict[str, Any]]:
        """Status, headers and body, once they come. Raises OSError or HTTPException if they do not."""
        response = self.connection.getresponse()
        body = response.read()
        self.connection.close()
        return response.status, dict(response.getheaders()), msgspec.json.decode(body)


def send_updates(address: str, players: list[Player]) -> list[PendingUpdate]:
    """One of each player. The server has read all of them: it answers what was asked after them."""
    sent = [PendingUpdate.send(address, player, f"key-{player.user_id}") for player in players]
    assert status_of(f"{address}/healthz") == status_of(f"{address}/healthz") == 200
    return sent
