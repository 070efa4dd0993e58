"""After a revocation every token that a user had is refused, in every process, and every later one is valid."""

import threading
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from scoreboard_project.api.errors import UserNotFound
from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.cast import ANA, BOB, SERVER, Player
from scoreboard_project.testing.game import Answer, Game
from scoreboard_project.tokens.models import RefreshFamily, TokenRevocation
from scoreboard_project.tokens.revocations import purge_revocations, revoke_tokens
from scores.operations.erasure import erase_user

LEVEL = {"Content-Type": "application/json"}
BODY = b'{"actionType": "LEVEL_COMPLETE"}'


def use(game: Game, bearer: dict[str, str]) -> Answer:
    return game.send("PUT", "scores/update", headers={**LEVEL, **bearer}, content=BODY)


def post(game: Game, path: str, bearer: dict[str, str], body: Any) -> Answer:
    return game.send("POST", path, headers={**LEVEL, **bearer}, content=msgspec.json.encode(body))


def test_earlier_tokens_are_refused_and_later_ones_valid(game: Game) -> None:
    earlier, others = ANA.bearer(), BOB.bearer()
    assert use(game, earlier).status == 200
    assert revoke_tokens(["ana"], reason="a stolen phone") == 1
    answer = use(game, earlier)
    assert answer.failed_with(401, "INVALID_TOKEN")
    assert answer.error["message"] == "The token was revoked"
    assert use(game, others).status == 200
    assert use(game, ANA.bearer()).status == 200


def test_moderators_revoke_by_the_api_also_of_who_never_scored(game: Game) -> None:
    token, moderator = SERVER.bearer("scores:write:any"), Player("mod-1", "Moderator").bearer("scores:moderate")
    batch = {"actions": [{"userId": "ana", "requestId": "one", "actionType": "LEVEL_COMPLETE"}]}
    assert post(game, "scores/batch", token, batch).status == 200
    path = "users/game-server/revoke-tokens"
    assert post(game, path, ANA.bearer("scores:write:any"), {"reason": "x"}).failed_with(403, "PERMISSION_DENIED")
    assert post(game, path, moderator, {}).failed_with(400, "MISSING_REQUIRED_FIELDS")
    assert post(game, path, moderator, {"reason": "a leak"}).data["changed"] is True
    assert post(game, "scores/batch", token, batch).failed_with(401, "INVALID_TOKEN")
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.what, entry.target, entry.why) == (
        *("token:mod-1", "user.tokens_revoked", "user:game-server", "a leak"),
    )


def test_operators_revoke_by_command(game: Game) -> None:
    token = ANA.bearer()
    call_command("moderate", "revoke-tokens", "ana", "--reason", "a stolen phone")
    assert use(game, token).failed_with(401, "INVALID_TOKEN")


def test_refresh_tokens_are_revoked_too(game: Game, settings: Any) -> None:
    settings.TOKEN_REQUESTS_PER_MINUTE = 0
    user = User.objects.create_user("operator", password="correct horse battery")
    login = {"username": "operator", "password": "correct horse battery"}
    refresh = post(game, "auth/token", {}, login).data["refresh"]
    revoke_tokens([str(user.pk)], reason="a leak")
    assert post(game, "auth/token/refresh", {}, {"refresh": refresh}).failed_with(401, "INVALID_TOKEN")
    pair = post(game, "auth/token", {}, login).data
    assert use(game, {"Authorization": f"Bearer {pair['access']}"}).status == 200


def test_a_refresh_under_way_is_revoked_with_its_token(game: Game, settings: Any) -> None:
    settings.TOKEN_REQUESTS_PER_MINUTE = settings.JWT_REFRESH_GRACE_SECONDS = 0
    user = User.objects.create_user("operator", password="correct horse battery")
    login = {"username": "operator", "password": "correct horse battery"}
    refresh, found = post(game, "auth/token", {}, login).data["refresh"], []
    revoking = threading.Thread(target=lambda: found.append(revoke_tokens([str(user.pk)], reason="a leak")))
    revoking.start()
    pairs = []
    while revoking.is_alive():
        answer = post(game, "auth/token/refresh", {}, {"refresh": refresh})
        if answer.status == 200:
            pairs.append(answer.data)
            refresh = answer.data["refresh"]
    assert found == [1]
    assert not RefreshFamily.objects.exists()
    for pair in pairs:
        assert use(game, {"Authorization": f"Bearer {pair['access']}"}).failed_with(401, "INVALID_TOKEN")


def test_a_login_in_the_same_second_is_valid(game: Game) -> None:
    for _ in range(3):
        earlier = ANA.bearer()
        revoke_tokens(["ana"], reason="a stolen phone")
        assert use(game, ANA.bearer()).status == 200
        assert use(game, earlier).failed_with(401, "INVALID_TOKEN")


def test_a_revocation_is_purged_when_the_last_token_that_it_refuses_has_expired(game: Game, settings: Any) -> None:
    call_command("issue_token", "ana", "--expires", str(100 * 86_400), stdout=StringIO())
    revoke_tokens(["ana"], reason="a leak")
    now = datetime.now(UTC)
    assert purge_revocations(now + timedelta(days=99)) == 0
    assert purge_revocations(now + timedelta(days=101)) == 1
    settings.JWT_JWKS_URL = "https://issuer.example/keys"
    revoke_tokens(["ana"], reason="an issuer's tokens may be valid for any time")
    assert purge_revocations(now + timedelta(days=10_000)) == 0


@pytest.mark.parametrize("user_id", ["", "a\0b", "x" * 300])
def test_what_is_no_user_id_is_refused(scoreboard: None, user_id: str) -> None:
    with pytest.raises(UserNotFound):
        revoke_tokens([user_id], reason="x")
    assert not TokenRevocation.objects.exists()


def test_an_erasure_leaves_no_user_id_behind(game: Game) -> None:
    game.update(ANA)
    revoke_tokens(["ana"], reason="x")
    erase_user("ana")
    assert not TokenRevocation.objects.exists()


def test_another_process_refuses_as_soon_as_it_returns(server: str, scoreboard: None) -> None:
    with Game(server) as game:
        for _ in range(3):
            token = ANA.bearer()
            assert use(game, token).status == 200
            started = time.monotonic()
            revoke_tokens(["ana"], reason="a stolen phone")
            assert time.monotonic() - started < 2
            assert use(game, token).failed_with(401, "INVALID_TOKEN")
            assert use(game, ANA.bearer()).status == 200
