"""No token appears in our log or in the server's access log, even at the most verbose level."""

import json
from collections.abc import Callable

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort


def test_whatever_a_client_does_its_credentials_are_not_logged(own_server: Callable[..., OnePort]) -> None:
    server = own_server("--access-log", "--log-level", "trace", LOG_LEVEL="debug")
    token = ANA.bearer()["Authorization"].removeprefix("Bearer ")
    bad_token = token[:-4] + "AAAA"
    with Game(server.address) as game:
        game.update(ANA)
        ticket = game.send("POST", "live/ticket", headers=ANA.bearer()).data["ticket"]
        game.send("GET", f"scoreboard?token={token}")
        game.send("GET", f"nothing?ticket={ticket}")
    for credential in (f"?token={token}", f"?ticket={ticket}", f"?ticket={ticket}", f"?token={bad_token}"):
        try:
            with connect(server.live + credential) as socket:
                socket.send(json.dumps({"type": "authenticate", "data": {"token": token}}))
                socket.recv(5)
        except ConnectionClosed:
            pass  # a used ticket or an invalid token
    httpx.post(f"{server.address}/api/v1/auth/token", json={"username": "ana", "password": "correct horse"})
    httpx.post(f"{server.address}/api/v1/auth/token/refresh", json={"refresh": token})
    server.stop()
    logged = server.log.read_text()
    assert "/ws/v1/scoreboard/live" in logged, "the access log was on"
    for secret in (token, bad_token, token.split(".")[2], token.split(".")[1], ticket, "correct horse"):
        assert secret not in logged
