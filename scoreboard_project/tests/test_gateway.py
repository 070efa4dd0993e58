"""deploy/nginx.conf between a client and the two processes of the deployment."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from pytest_django.plugin import DjangoDbBlocker
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from scoreboard_project.testing.cast import ANA, crowd
from scoreboard_project.testing.servers.api_server import database_address, free_port, server_command
from scoreboard_project.testing.servers.deploy_commands import Gateway, running
from scoreboard_project.testing.threads import in_threads
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tokens.tokens import MAX_TOKEN_LENGTH, issue_access_token
from scores.models import ScoreEvent

UPDATE = {"actionType": "LEVEL_COMPLETE"}
GENERATED_ID = re.compile(r"api_\d{13}_[0-9a-f]{32}")


@pytest.fixture(scope="module")
def gateway(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """nginx in front of an API and a live process, each started with the command that the deployment uses."""
    api_port, live_port = free_port(), free_port()
    found = Gateway.deployed(tmp_path_factory.mktemp("gateway"), api_port=api_port, live_port=live_port)
    with ExitStack() as processes, django_db_blocker.unblock():
        common = {"DATABASE_URL": database_address(), "RECONCILE_SECONDS": "0", "LOG_LEVEL": "error"}
        # HSTS is only sent over HTTPS.
        common["SECURE_HSTS_SECONDS"] = "60"
        trusting = {**common, "TRUSTED_PROXIES": "127.0.0.1", "SCORE_UPDATES_PER_MINUTE": "0"}
        for port in (api_port, live_port):
            healthz = f"http://127.0.0.1:{port}/healthz"
            processes.enter_context(running(server_command(port), answers_at=healthz, environment=trusting))
        processes.enter_context(found.running())
        yield found


@pytest.fixture
def client(gateway: Gateway, scoreboard: None) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.address, timeout=10) as found:
        yield found


def update(client: httpx.Client, **headers: str) -> httpx.Response:
    return client.put("/api/v1/scores/update", json=UPDATE, headers={**ANA.bearer(), **headers})


def test_nginx_finds_nothing_wrong_with_its_file(tmp_path: Path) -> None:
    checked = Gateway.deployed(tmp_path, api_port=free_port(), live_port=free_port()).check()
    assert checked.returncode == 0, checked.stderr


def test_an_action_gets_a_request_id_that_reaches_the_ledger(client: httpx.Client) -> None:
    answer = update(client)
    request_id = answer.json()["data"]["requestId"]
    assert GENERATED_ID.fullmatch(request_id)
    assert answer.headers["X-Request-ID"] == request_id


def test_a_clients_own_request_id_counts_once(client: httpx.Client) -> None:
    assert update(client, **{"X-Request-ID": "mine"}).status_code == 200
    assert update(client, **{"X-Request-ID": "mine"}).json()["error"]["code"] == "DUPLICATE_REQUEST"


def test_a_live_board_follows_an_action(client: httpx.Client, gateway: Gateway) -> None:
    address = f"{gateway.address.replace('http', 'ws')}/ws/v1/scoreboard/live"
    with connect(address, additional_headers=ANA.bearer()) as live:
        live.send('{"type": "subscribe_leaderboard"}')
        assert json.loads(live.recv(5))["data"]["leaderboard"] == []
        update(client)
        assert json.loads(live.recv(5))["data"]["leaderboard"][0]["userId"] == "ana"


def test_the_gateways_own_pages_may_watch_and_others_may_not(client: httpx.Client, gateway: Gateway) -> None:
    address = f"{gateway.address.replace('http', 'ws')}/ws/v1/scoreboard/live"
    with connect(address, additional_headers=ANA.bearer(), origin=Origin(gateway.address)) as live:
        live.send('{"type": "ping"}')
        assert live.recv(5) == '{"type":"pong"}'
    with connect(address, additional_headers=ANA.bearer(), origin=Origin("http://live")) as live:
        with pytest.raises(ConnectionClosed):
            live.recv(5)
        assert live.close_code == 4403


def test_sockets_are_counted_by_the_address_of_the_client(client: httpx.Client, gateway: Gateway) -> None:
    address = f"{gateway.address.replace('http', 'ws')}/ws/v1/scoreboard/live"
    with ExitStack() as opened:
        for player in crowd(52):
            headers = player.bearer() | {"X-Forwarded-For": f"203.0.113.{player.user_id[-2:].lstrip('0')}"}
            live = opened.enter_context(connect(address, additional_headers=headers))
            live.send('{"type": "ping"}')
            assert live.recv(5) == '{"type":"pong"}'


def test_an_action_keeps_the_address_that_the_last_untrusted_hop_had(client: httpx.Client) -> None:
    update(client, **{"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert ScoreEvent.objects.get().ip_address == "203.0.113.9"


def test_a_client_cannot_claim_to_have_come_by_https(client: httpx.Client) -> None:
    answer = client.get("/api/v1/scoreboard", headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in answer.headers


def test_a_load_balancer_that_the_gateway_names_can(gateway: Gateway, scoreboard: None, tmp_path: Path) -> None:
    api_port, live_port = gateway.api_port, gateway.live_port
    balanced = Gateway.deployed(tmp_path, api_port=api_port, live_port=live_port, load_balancer="127.0.0.1")
    with balanced.running():
        address = f"{balanced.address}/api/v1/scoreboard"
        answer = httpx.get(address, headers={"X-Forwarded-Proto": "https"})
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=60")
        assert "Strict-Transport-Security" not in httpx.get(address).headers


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 400), (64 * 1024 + 1, 413)])
def test_a_body_may_be_64_kib(client: httpx.Client, size: int, status: int) -> None:
    headers = {**ANA.bearer(), "Content-Type": "application/json"}
    answer = client.put("/api/v1/scores/update", content=b" " * size, headers=headers)
    assert answer.status_code == status
    assert answer.json()["success"] is False
    assert answer.headers["X-Request-ID"]


def test_a_token_may_have_8_kib(client: httpx.Client) -> None:
    token = issue_access_token(user_id="ana", username="Ana", scopes=["x" * 5_500])
    assert 7_500 < len(token) <= MAX_TOKEN_LENGTH
    answer = client.post("/api/v1/live/ticket", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["success"] is True


def test_a_batch_may_be_larger(client: httpx.Client) -> None:
    actions = [
        {"userId": f"player-{number}", "requestId": "first", "metadata": {"note": "x" * 200}, **UPDATE}
        for number in range(1000)
    ]
    answer = client.post("/api/v1/scores/batch", json={"actions": actions}, headers=ANA.bearer("scores:write:any"))
    assert answer.status_code == 200
    assert {result["status"] for result in answer.json()["data"]["results"]} == {"applied"}


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_is_for_operators_is_not_for_everyone(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_many_reads_from_one_address_are_refused_in_the_envelope(client: httpx.Client) -> None:
    refused = next(answer for answer in _read_all_at_once(client) if answer.status_code == 429)
    assert refused.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert refused.headers["Retry-After"]
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


def _read_all_at_once(client: httpx.Client) -> Iterator[httpx.Response]:
    """Far more reads than the gateway allows, even on a slow machine."""
    for _ in range(20):
        yield from in_threads(lambda _: client.get("/api/v1/scoreboard"), range(200), threads=32)


def test_no_token_reaches_the_log(client: httpx.Client, gateway: Gateway) -> None:
    token = ANA.bearer()["Authorization"].removeprefix("Bearer ")
    client.get("/ws/v1/scoreboard/live", params={"token": token})
    wait_for(lambda: _logged(gateway.access_log, "/ws/v1/scoreboard/live"))
    assert token not in gateway.access_log.read_text()


def _logged(log: Path, path: str) -> bool:
    return any(json.loads(line)["path"] == path for line in log.read_text().splitlines())
