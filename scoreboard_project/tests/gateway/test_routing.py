"""Requests and sockets reach the right process, with an id and as who they are."""

import json
import re
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect as connect_in_loop
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from scoreboard_project.testing.cast import ANA, crowd
from scoreboard_project.testing.servers.nginx import Gateway
from scoreboard_project.testing.waiting import wait_for
from scores.models import ScoreEvent

UPDATE = {"actionType": "LEVEL_COMPLETE"}
GENERATED_ID = re.compile(r"api_\d{13}_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def update(client: httpx.Client, **headers: str) -> httpx.Response:
    return client.put("/api/v1/scores/update", json=UPDATE, headers={**ANA.bearer(), **headers})


def watching(gateway: Gateway, origin: str | None = None) -> ClientConnection:
    """A socket of Ana's."""
    headers = ANA.bearer()
    return connect(
        gateway.live, additional_headers=headers, ssl=gateway.trust, origin=Origin(origin) if origin else None
    )


def test_an_action_gets_a_request_id_that_reaches_the_ledger(client: httpx.Client) -> None:
    answer = update(client)
    request_id = answer.json()["data"]["requestId"]
    assert GENERATED_ID.fullmatch(request_id)
    assert answer.headers["X-Request-ID"] == ScoreEvent.objects.get().request_id == request_id


def test_generated_ids_have_every_variant_of_a_random_uuid(client: httpx.Client) -> None:
    ids = [client.get("/healthz").headers["X-Request-ID"] for _ in range(60)]
    assert all(GENERATED_ID.fullmatch(each) for each in ids)
    assert {each[37] for each in ids} == set("89ab")
    assert len(set(ids)) == 60


def test_a_clients_own_request_id_counts_once(client: httpx.Client) -> None:
    assert update(client, **{"X-Request-ID": "mine"}).status_code == 200
    assert update(client, **{"X-Request-ID": "mine"}).json()["error"]["code"] == "DUPLICATE_REQUEST"


def test_a_live_board_follows_an_action(client: httpx.Client, gateway: Gateway) -> None:
    with watching(gateway) as live:
        live.send('{"type": "subscribe_leaderboard"}')
        assert json.loads(live.recv(5))["data"]["leaderboard"] == []
        update(client)
        assert json.loads(live.recv(5))["data"]["leaderboard"][0]["userId"] == "ana"


def test_the_gateways_own_pages_may_watch_and_others_may_not(client: httpx.Client, gateway: Gateway) -> None:
    with watching(gateway, origin=gateway.secure) as live:
        live.send('{"type": "ping"}')
        assert live.recv(5) == '{"type":"pong"}'
    with watching(gateway, origin="https://live") as live:
        with pytest.raises(ConnectionClosed):
            live.recv(5)
        assert live.close_code == 4403


async def test_sockets_are_counted_by_the_address_of_the_client(balanced: Gateway, scoreboard: None) -> None:
    async with AsyncExitStack() as opened:
        for player in crowd(52):
            headers = player.bearer() | {"X-Forwarded-For": f"203.0.113.{player.user_id[-2:].lstrip('0')}"}
            # Of many connections with TLS, the client of threads loses one now and then.
            joining = connect_in_loop(balanced.live, additional_headers=headers, ssl=balanced.trust)
            live = await opened.enter_async_context(joining)
            await live.send('{"type": "ping"}')
            assert await live.recv() == '{"type":"pong"}'


def test_what_a_client_says_about_itself_is_not_passed_on(client: httpx.Client) -> None:
    said = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9;host=evil"}
    update(client, **said, **{"X-Forwarded-Host": "evil", "X-Forwarded-Proto": "http"})
    assert ScoreEvent.objects.get().ip_address == "127.0.0.1"


def test_an_action_keeps_the_address_that_came_to_the_load_balancer(balanced: Gateway, scoreboard: None) -> None:
    with httpx.Client(base_url=balanced.secure, verify=balanced.trust) as client:
        update(client, **{"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert ScoreEvent.objects.get().ip_address == "203.0.113.9"


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_is_for_operators_is_not_for_everyone(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_no_token_reaches_the_log(client: httpx.Client, gateway: Gateway) -> None:
    token = ANA.bearer()["Authorization"].removeprefix("Bearer ")
    client.get("/ws/v1/scoreboard/live", params={"token": token})
    wait_for(lambda: _logged(gateway.access_log, "/ws/v1/scoreboard/live"))
    assert token not in gateway.access_log.read_text()


def _logged(log: Path, path: str) -> bool:
    return any(json.loads(line)["path"] == path for line in log.read_text().splitlines())
