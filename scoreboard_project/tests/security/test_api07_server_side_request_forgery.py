"""API7:2023 Server Side Request Forgery: nothing that a client sends makes the server ask another address."""

import socket
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.rsa_keys import claims, rsa_key, sign

TESTED_ELSEWHERE = [
    "scoreboard_project/tokens/tests/test_tokens.py::test_it_refuses_a_key_that_the_token_brings_along",
    "scoreboard_project/tokens/tests/test_outside_keys.py::test_it_asks_web_addresses_only",
    "scores/tests/rules/test_rules.py::test_a_schema_that_somebody_broke_by_sql_refuses_and_fetches_nothing",
]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somewhere to be asked."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        found.setblocking(False)
        yield found


def test_no_address_in_a_token_or_a_body_is_asked(own_key: RSAPrivateKey, game: Game, listener: socket.socket) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/keys"
    for header in ("jku", "x5u", "kid"):
        token = sign(claims(), rsa_key("strange"), **{header: address})
        answer = game.send("GET", "users/ana/scores/history", headers={"Authorization": f"Bearer {token}"})
        assert answer.failed_with(401, "INVALID_TOKEN")
    token = sign(claims(iss=address), own_key)
    assert game.send("GET", "users/ana/scores/history", headers={"Authorization": f"Bearer {token}"}).status == 401
    body = {"actionType": "LEVEL_COMPLETE", "metadata": {"$ref": address, "url": address, "$schema": address}}
    assert game.update(ANA, body).status == 200
    with pytest.raises(BlockingIOError):
        listener.accept()
