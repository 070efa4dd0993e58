"""Keys are rotated, tokens revoked, accounts locked and users banned while others play, over two processes."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User

from scoreboard_project.limits.credential_limit import TOKENS, check_account_rate
from scoreboard_project.runtime.flows.flow import run
from scoreboard_project.testing.cast import ANA, BOB, CAROL, Player
from scoreboard_project.testing.servers.api_server import running_server
from scoreboard_project.testing.threads import started
from scoreboard_project.testing.waiting import wait_for
from scoreboard_project.tokens import rotation
from scoreboard_project.tokens.claims.rsa_backend import kid_of
from scoreboard_project.tokens.revocations import revoke_tokens
from scoreboard_project.tokens.rotation import retire_signing_key, rotate_signing_key
from scoreboard_project.tokens.token_state import refresh_state
from scores.trust.visibility import ban_users

PASSWORD = "correct horse battery"
BODY = b'{"actionType":"LEVEL_COMPLETE"}'


@dataclass
class Load:
    """Players who never stop, at each process in turn. `wrong` has what a valid token was answered instead."""

    servers: list[str]
    is_over: threading.Event = field(default_factory=threading.Event)
    wrong: list[tuple[str, int]] = field(default_factory=list)
    answered: int = 0

    def play(self, name: str) -> None:
        for server in itertools.cycle(self.servers):
            if self.is_over.is_set():
                return
            # A token of its own each time, so that every one is verified anew, by the newest key.
            self._note(name, put(server, bearer(Player(name, name))), 200)

    def cross(self) -> None:
        """What the last process signs, the first one verifies. A viewer's token is known, and may not play."""
        while not self.is_over.is_set():
            self._note("viewer", put(self.servers[0], viewer_token(self.servers[-1])), 403)

    def _note(self, name: str, status: int, right: int) -> None:
        self.answered += 1
        if status != right:
            self.wrong.append((name, status))


http = httpx.Client(timeout=20, verify=False)


def bearer(player: Player) -> str:
    run(refresh_state())
    return player.bearer()["Authorization"]


def viewer_token(server: str) -> str:
    return f"Bearer {http.post(f'{server}/api/v1/live/viewer-token').json()['data']['token']}"


def put(server: str, authorization: str) -> int:
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    return http.put(f"{server}/api/v1/scores/update", headers=headers, content=BODY).status_code


def get(server: str, player: Player, authorization: str) -> int:
    path = f"{server}/api/v1/users/{player.user_id}/scores/history"
    return http.get(path, headers={"Authorization": authorization}).status_code


def log_in(server: str, name: str, password: str) -> int:
    return http.post(f"{server}/api/v1/auth/token", json={"username": name, "password": password}).status_code


@pytest.fixture
def servers(server: str, scoreboard: None) -> Iterator[list[str]]:
    with running_server(TOKEN_REQUESTS_PER_MINUTE="0") as second:
        yield [server, second]
        http.close()


@contextmanager
def under_load(servers: list[str]) -> Iterator[None]:
    load = Load(servers)
    ends = [started(lambda: load.play("one")), started(lambda: load.play("two")), started(load.cross)]
    try:
        yield
    finally:
        load.is_over.set()
        for end in ends:
            end()
    assert load.wrong == []
    assert load.answered > 30


@pytest.mark.server
def test_under_load_two_processes_refuse_who_is_refused_and_nobody_else(
    servers: list[str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(rotation, "MIN_DELAY_SECONDS", 2)
    User.objects.create(username="ada", password=PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1))
    for player in (ANA, BOB, CAROL):
        player.act()
    first = {player: bearer(player) for player in (ANA, BOB, CAROL)}
    with under_load(servers):
        key = rotate_signing_key(delay_seconds=0)
        wait_for(lambda: kid_of(viewer_token(servers[1]).removeprefix("Bearer ")) == key.kid)
        assert [get(server, ANA, first[ANA]) for server in servers] == [200, 200]

        ban_users(["bob"], reason="a test")
        revoke_tokens(["carol"], reason="a test")
        assert [get(server, BOB, first[BOB]) for server in servers] == [403, 403]
        assert [get(server, CAROL, first[CAROL]) for server in servers] == [401, 401]
        assert [get(server, CAROL, bearer(CAROL)) for server in servers] == [200, 200]

        # As a third process counts them, which hashes no password here: that takes a second each.
        for _ in range(settings.LOGIN_TRIES_PER_ACCOUNT):
            check_account_rate(TOKENS, "ada")
        assert [log_in(server, "ada", PASSWORD) for server in servers] == [429, 429]
        check_account_rate(TOKENS, "eve")

        retire_signing_key(kid_of(first[ANA].removeprefix("Bearer ")), reason="a test")
        assert [get(server, ANA, first[ANA]) for server in servers] == [401, 401]
        assert [get(server, ANA, bearer(ANA)) for server in servers] == [200, 200]
