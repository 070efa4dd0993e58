import time
from io import StringIO
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.core.management import CommandError, call_command

from scoreboard_project.testing.rsa_keys import public_pem
from scoreboard_project.tokens.principal import Principal
from scoreboard_project.tokens.tokens import verify_access_token


def issue(*arguments: str) -> Principal:
    out = StringIO()
    call_command("issue_token", *arguments, stdout=out)
    (token,) = out.getvalue().splitlines()
    return verify_access_token(token)


def test_it_prints_a_token_and_nothing_else(own_key: RSAPrivateKey) -> None:
    principal = issue("ana")

    assert (principal.user_id, principal.username, principal.scopes) == ("ana", "ana", frozenset())
    assert 3590 < principal.expires_at - time.time() <= 3600


def test_it_takes_a_name_scopes_and_an_end(own_key: RSAPrivateKey) -> None:
    principal = issue("ana", "--username", "Ana B", "--scope", "scores:read:any  other", "--expires", "60")

    assert principal.username == "Ana B"
    assert principal.scopes == {"scores:read:any", "other"}
    assert principal.expires_at - time.time() <= 60


def test_a_long_user_id_makes_a_name_that_fits(own_key: RSAPrivateKey) -> None:
    assert issue("a" * 255).username == "a" * 100


def test_a_user_id_that_nobody_can_read_makes_a_name_that_everyone_can(own_key: RSAPrivateKey) -> None:
    assert issue("\u202eana").username == "ana"
    assert issue("\u200b").username == "(no name)"


def test_a_name_is_kept_in_nfc(own_key: RSAPrivateKey) -> None:
    assert issue("ana", "--username", "Zoe\u0308").username == "Zo\u00eb"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "USER_ID"),
        ([""], "user id"),
        (["a" * 256], "user id"),
        (["a\nb"], "user id"),
        (["ana", "--username", ""], "username"),
        (["ana", "--username", "A" * 101], "username"),
        (["ana", "--username", "  "], "blank"),
        (["ana", "--username", "\u202eAna"], r"U\+202E"),
        (["ana", "--username", "\u200b"], r"U\+200B"),
        (["ana", "--scope", "é"], "--scope"),
        (["ana", "--scope", 'a"b'], "--scope"),
        (["ana", "--expires", "0"], "--expires"),
        (["ana", "--expires", "-5"], "--expires"),
        (["ana", "--expires", "soon"], "--expires"),
        (["ana", "--expires", "9" * 30], "--expires"),
        (["ana", "bob"], "bob"),
    ],
)
def test_bad_arguments_are_named(own_key: RSAPrivateKey, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        issue(*arguments)


def test_it_says_that_tokens_are_issued_elsewhere(own_key: RSAPrivateKey, settings: Any) -> None:
    settings.JWT_PRIVATE_KEY, settings.JWT_PUBLIC_KEY = "", public_pem(own_key)

    with pytest.raises(CommandError, match="issued elsewhere"):
        issue("ana")


def test_it_says_that_the_key_is_invalid(own_key: RSAPrivateKey, settings: Any) -> None:
    settings.JWT_PRIVATE_KEY = "junk"

    with pytest.raises(CommandError, match="JWT_PRIVATE_KEY"):
        issue("ana")
