"""A new key signs, the old one verifies until its last token has expired, and no valid token is refused meanwhile."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from scoreboard_project.api.errors import InvalidToken, NotFound
from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.rsa_keys import public_pem
from scoreboard_project.tokens import rotation
from scoreboard_project.tokens.claims.rsa_backend import kid_of
from scoreboard_project.tokens.keys import own_keys
from scoreboard_project.tokens.keys.signing_keys import thumbprint
from scoreboard_project.tokens.models import SigningKey
from scoreboard_project.tokens.rotation import (
    RotationRefused,
    forget_private_keys,
    list_signing_keys,
    retire_signing_key,
    rotate_signing_key,
)
from scoreboard_project.tokens.token_state import known
from scoreboard_project.tokens.tokens import forget_tokens, issue_access_token, verify_access_token

pytestmark = pytest.mark.usefixtures("own_key", "scoreboard")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new key signs at once: there is one process."""
    monkeypatch.setattr(rotation, "MIN_DELAY_SECONDS", 0)
    monkeypatch.setattr(rotation, "wait_for_every_process", known.forget)


def token() -> str:
    return issue_access_token(user_id="ana", username="Ana")


def bearer(found: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {found}"}


def use(game: Game, found: str) -> int:
    return game.send("GET", "users/ana/scores/history", headers=bearer(found)).status


def published() -> list[str]:
    return [key["kid"] for key in Client().get("/.well-known/jwks.json").json()["keys"]]


def rotated() -> str:
    """The kid of a new key that signs."""
    kid = rotate_signing_key(delay_seconds=0).kid
    assert kid in published()
    return kid


def test_both_keys_verify_and_the_new_one_signs(game: Game, own_key: RSAPrivateKey) -> None:
    game.update(ANA)
    old = token()
    kid = rotated()
    new = token()
    assert [kid_of(old), kid_of(new)] == [thumbprint(own_key.public_key()), kid] == published()
    assert [use(game, old), use(game, new)] == [200, 200]
    keys = jwt.PyJWKSet.from_dict(Client().get("/.well-known/jwks.json").json())
    assert jwt.decode(new, keys[kid], options={"verify_aud": False})["user_id"] == "ana"


def test_a_new_key_is_published_before_it_signs(own_key: RSAPrivateKey) -> None:
    key = rotate_signing_key(delay_seconds=600)
    assert key.signs_from - datetime.now(UTC) > timedelta(seconds=590)
    assert published() == [thumbprint(own_key.public_key()), key.kid]
    assert kid_of(token()) == thumbprint(own_key.public_key())
    with pytest.raises(RotationRefused, match="announced already"):
        rotate_signing_key(delay_seconds=600)
    assert rotated() == key.kid
    assert kid_of(token()) == key.kid


def test_keys_turn_over_again_and_again(game: Game) -> None:
    game.update(ANA)
    tokens = [token()]
    for _ in range(3):
        rotated()
        tokens.append(token())
    assert len({kid_of(found) for found in tokens}) == 4
    assert [use(game, found) for found in tokens] == [200] * 4


def test_a_login_outlives_a_rotation(game: Game) -> None:
    User.objects.create_user("operator", password="correct horse battery")
    client = Client()
    login = {"username": "operator", "password": "correct horse battery"}
    pair = client.post("/api/v1/auth/token", login, content_type="application/json").json()["data"]
    kid = rotated()
    refresh = {"refresh": pair["refresh"]}
    answer = client.post("/api/v1/auth/token/refresh", refresh, content_type="application/json")
    assert answer.status_code == 200
    assert kid_of(answer.json()["data"]["access"]) == kid


def test_a_key_is_retired_when_its_last_token_has_expired(own_key: RSAPrivateKey, settings: Any) -> None:
    out = StringIO()
    call_command("issue_token", "game-server", "--expires", "31536000", stdout=out)
    rotated()
    (old, _new) = list_signing_keys()
    assert old.verifies_until
    assert timedelta(days=365) < old.verifies_until - datetime.now(UTC) < timedelta(days=365, minutes=2)
    SigningKey.objects.filter(pk=old.kid).update(verifies_until=datetime.now(UTC), changed_at=datetime.now(UTC))
    known.forget()
    assert old.kid not in published()
    with pytest.raises(InvalidToken):
        verify_access_token(out.getvalue().strip())


def test_a_long_token_keeps_a_key_that_signs_no_longer(own_key: RSAPrivateKey) -> None:
    rotate_signing_key(delay_seconds=600)
    call_command("issue_token", "game-server", "--expires", "31536000", stdout=StringIO())
    until = SigningKey.objects.get(pk=thumbprint(own_key.public_key())).verifies_until
    assert until
    assert until - datetime.now(UTC) > timedelta(days=365)


def test_a_retired_key_refuses_its_tokens_at_once(game: Game) -> None:
    game.update(ANA)
    old = token()
    assert use(game, old) == 200
    rotated()
    retire_signing_key(kid_of(old), reason="it leaked")
    assert use(game, old) == 401
    assert use(game, token()) == 200
    assert kid_of(old) not in published()
    forget_tokens()
    assert use(game, old) == 401
    assert [entry.what for entry in AuditEntry.objects.order_by("at")] == ["signing_key.rotated", "signing_key.retired"]


def test_the_key_that_signs_cannot_be_retired(own_key: RSAPrivateKey) -> None:
    kid = thumbprint(own_key.public_key())
    with pytest.raises(RotationRefused, match="signs"):
        retire_signing_key(kid)
    rotate_signing_key(delay_seconds=600)
    with pytest.raises(RotationRefused, match="signs"):
        retire_signing_key(kid)
    with pytest.raises(RotationRefused, match="does not exist"):
        retire_signing_key("other")


def test_the_private_key_is_unreadable_in_the_database_and_goes_with_its_time(settings: Any, game: Game) -> None:
    game.update(ANA)
    kid = rotated()
    row = SigningKey.objects.get(pk=kid)
    assert "PRIVATE KEY" not in row.private_key
    found = token()
    settings.SECRET_KEY = "another" * 10
    forget_tokens()
    own_keys._private_key.cache_clear()
    assert use(game, found) == 200
    assert kid_of(token()) != kid
    assert forget_private_keys(datetime.now(UTC)) == 0
    rotated()
    assert forget_private_keys(datetime.now(UTC) + timedelta(days=365)) == 1


def test_a_key_that_left_the_settings_is_refused(own_key: RSAPrivateKey, settings: Any, game: Game) -> None:
    game.update(ANA)
    old = token()
    rotated()
    settings.JWT_PRIVATE_KEY = ""
    assert use(game, old) == 401
    assert use(game, token()) == 200


def test_who_only_verifies_has_nothing_to_rotate(own_key: RSAPrivateKey, settings: Any) -> None:
    settings.JWT_PRIVATE_KEY, settings.JWT_PUBLIC_KEY = "", public_pem(own_key)
    with pytest.raises(NotFound, match="issued elsewhere"):
        rotate_signing_key(delay_seconds=0)


def test_the_command_shows_what_each_key_does(own_key: RSAPrivateKey) -> None:
    def said(*arguments: str) -> list[str]:
        out = StringIO()
        call_command("rotate_signing_key", *arguments, stdout=out)
        return out.getvalue().splitlines()

    first = thumbprint(own_key.public_key())
    assert said("--list") == [f"{first}  signs"]
    lines = said("--reason", "yearly")
    assert lines[0].startswith(f"{first}  signs, verifies until 2")
    assert "announced, signs from 2" in lines[1]
    assert AuditEntry.objects.get().why == "yearly"
    said("--now")
    assert said("--retire", first)[0].startswith(f"{first}  retired since 2")
    for wrong in (["--delay", "-1"], ["--retire", "x"], ["--list", "--now"]):
        with pytest.raises(CommandError):
            said(*wrong)
