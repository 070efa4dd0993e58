"""What is too much, too large or too slow is refused in the envelope, and disturbs no one else."""

import socket
import ssl
import time
from collections.abc import Iterator

import httpx
import pytest

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.servers.nginx import Gateway
from scoreboard_project.testing.threads import in_threads
from scoreboard_project.tokens.tokens import MAX_TOKEN_LENGTH, issue_access_token

UPDATE = {"actionType": "LEVEL_COMPLETE"}


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


@pytest.fixture(scope="module")
def impatient(ports: list[int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of its own, whose limits no other test uses up, and which waits for one second where ten are usual."""
    deadlines = {f"client_{part}_timeout 10s": f"client_{part}_timeout 1s" for part in ("header", "body")}
    changes = {"limits.conf": deadlines}
    found = Gateway(tmp_path_factory.mktemp("impatient"), api=ports[:1], live=ports[1:], changes=changes)
    with found.running():
        yield found


def opened(gateway: Gateway) -> ssl.SSLSocket:
    """A connection with TLS, on which nothing was sent yet."""
    host, port = gateway.secure.removeprefix("https://").split(":")
    return gateway.trust.wrap_socket(socket.create_connection((host, int(port)), timeout=10), server_hostname=host)


def drip(connection: ssl.SSLSocket, *, seconds: float) -> bool:
    """Send a byte now and then. Whether the other side hung up within that time."""
    connection.settimeout(0.2)
    give_up_at = time.monotonic() + seconds
    with connection:
        while time.monotonic() < give_up_at:
            try:
                connection.send(b"x")
                if not connection.recv(4096):
                    return True
            except TimeoutError:
                continue
            except OSError:
                return True
    return False


def test_headers_that_only_drip_are_cut_off_while_others_are_served(impatient: Gateway, scoreboard: None) -> None:
    slow = [opened(impatient) for _ in range(40)]
    for connection in slow:
        connection.send(b"GET /api/v1/scoreboard HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    with httpx.Client(base_url=impatient.secure, verify=impatient.trust) as client:
        assert client.get("/api/v1/scoreboard").status_code == 200
        assert all(in_threads(lambda connection: drip(connection, seconds=5), slow, threads=40))
        assert client.get("/api/v1/scoreboard").status_code == 200


def test_a_body_that_stops_is_not_waited_for(impatient: Gateway, scoreboard: None) -> None:
    with opened(impatient) as connection:
        head = "PUT /api/v1/scores/update HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{"
        connection.send(head.encode())
        answer = connection.recv(4096)
    assert answer == b"" or b" 408 " in answer


def test_many_reads_from_one_address_are_refused_in_the_envelope(impatient: Gateway, scoreboard: None) -> None:
    with httpx.Client(base_url=impatient.secure, verify=impatient.trust) as client:
        refused = next(answer for answer in _read_all_at_once(client) if answer.status_code == 429)
        assert refused.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
        assert refused.headers["Retry-After"]
        assert refused.headers["X-Request-ID"].startswith("api_")
        assert refused.headers["Access-Control-Allow-Origin"] == "*"
        # Reads that are too many are no reason to refuse an action.
        assert client.put("/api/v1/scores/update", json=UPDATE, headers=ANA.bearer()).status_code == 200


def _read_all_at_once(client: httpx.Client) -> Iterator[httpx.Response]:
    """Far more reads than the gateway allows, even on a slow machine."""
    for _ in range(20):
        yield from in_threads(lambda _: client.get("/api/v1/scoreboard"), range(200), threads=32)
