"""An outside issuer's keys, fetched from a real HTTP server that changes, hangs and dies."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.core.exceptions import ImproperlyConfigured

from scoreboard_project.api.errors import InvalidToken
from scoreboard_project.testing.rsa_keys import claims, private_pem, rsa_key, sign
from scoreboard_project.testing.threads import in_threads
from scoreboard_project.tokens.keys import outside_keys
from scoreboard_project.tokens.keys.key_set import FETCH_BURST, parse_jwks
from scoreboard_project.tokens.keys.outside_keys import MAX_JWKS_BYTES, OutsideKeys
from scoreboard_project.tokens.keys.signing_keys import public_jwk
from scoreboard_project.tokens.tokens import current_tokens, verify_access_token


class Issuer:
    """An HTTP server with a JWKS that a test can change."""

    def __init__(self) -> None:
        self.body = b""
        self.status = 200
        self.fetches = 0
        self.refused_agent = ""
        self.answers = threading.Event()
        self.answers.set()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if issuer.refused_agent and issuer.refused_agent in self.headers["User-Agent"]:
                    self.send_error(403)
                    return
                issuer.fetches += 1
                issuer.answers.wait(10)
                self.send_response(issuer.status)
                self.end_headers()
                self.wfile.write(issuer.body)

            def log_message(self, *args: Any) -> None:
                """Keep the test output quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks.json"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def publish(self, *keys: RSAPrivateKey) -> None:
        self.body = json.dumps({"keys": [public_jwk(key.public_key()) for key in keys]}).encode()

    def publish_unnamed(self, *keys: RSAPrivateKey, beside: bool = False) -> None:
        """Serve these keys without a kid, in place of the others or beside them."""
        others = json.loads(self.body)["keys"] if beside else []
        unnamed = [public_jwk(key.public_key()) for key in keys]
        for jwk in unnamed:
            del jwk["kid"]
        self.body = json.dumps({"keys": [*others, *unnamed]}).encode()

    def close(self) -> None:
        """Release every waiting request, and stop the server."""
        self.answers.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def issuer(own_key: RSAPrivateKey, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """The issuer in JWT_JWKS_URL. An unknown key can trigger a fetch at most every 50 ms."""
    monkeypatch.setattr(outside_keys, "RETRY_SECONDS", 0.05)
    found = Issuer()
    settings.JWT_PRIVATE_KEY = ""
    settings.JWT_JWKS_URL = found.url
    settings.JWT_JWKS_REFRESH_SECONDS = 3600
    yield found
    found.close()


def token_of(name: str, **changes: Any) -> str:
    key = rsa_key(name)
    return sign(claims(**changes), key, kid=public_jwk(key.public_key())["kid"])


def holds(token: str) -> bool:
    try:
        verify_access_token(token)
    except InvalidToken:
        return False
    return True


def eventually(condition: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + 10
    while not condition():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)
    return True


def test_the_first_token_waits_for_the_first_fetch(issuer: Issuer) -> None:
    issuer.publish(rsa_key("outside"))

    assert holds(token_of("outside"))
    assert issuer.fetches == 1


def test_a_strangers_key_is_refused(issuer: Issuer) -> None:
    issuer.publish(rsa_key("outside"))

    assert not holds(token_of("stranger"))
    assert not holds(sign(claims(), rsa_key("stranger"), kid=public_jwk(rsa_key("outside").public_key())["kid"]))


def test_a_token_without_a_kid_is_tried_with_each_key(issuer: Issuer) -> None:
    issuer.publish(rsa_key("next"), rsa_key("outside"))

    assert holds(sign(claims(), rsa_key("outside")))
    assert holds(sign(claims(), rsa_key("next")))
    assert not holds(sign(claims(), rsa_key("stranger")))


def test_keys_without_a_kid_are_tried_in_turn(issuer: Issuer) -> None:
    issuer.publish_unnamed(rsa_key("next"), rsa_key("outside"))

    assert holds(sign(claims(), rsa_key("outside")))
    assert holds(token_of("next"))
    assert not holds(token_of("stranger"))


def test_keys_with_and_without_a_kid_stand_side_by_side(issuer: Issuer) -> None:
    issuer.publish(rsa_key("outside"))
    issuer.publish_unnamed(rsa_key("next"), beside=True)

    assert all(map(holds, (token_of("outside"), token_of("next"), sign(claims(), rsa_key("outside")))))


def test_an_issuer_that_rotates_a_key_without_a_kid_is_asked_again(issuer: Issuer) -> None:
    issuer.publish_unnamed(rsa_key("outside"))
    assert holds(sign(claims(), rsa_key("outside")))
    issuer.publish_unnamed(rsa_key("next"))

    assert holds(sign(claims(), rsa_key("next")))
    assert not holds(sign(claims(username="Ana again"), rsa_key("outside")))


def test_a_key_server_that_refuses_pythons_own_name_is_read(issuer: Issuer) -> None:
    issuer.refused_agent = "Python-urllib"
    issuer.publish(rsa_key("outside"))

    assert holds(token_of("outside"))


def test_a_rotation_refuses_nobody(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside_keys, "RETRY_SECONDS", 3600)
    issuer.publish(rsa_key("outside"))
    assert holds(token_of("outside"))
    issuer.publish(rsa_key("next"))

    tokens = [token_of("next", username=f"Ana {number}") for number in range(16)]
    assert all(in_threads(holds, tokens, threads=16))
    assert issuer.fetches == 2


def test_an_old_key_does_not_keep_a_new_one_out(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside_keys, "RETRY_SECONDS", 3600)
    issuer.publish(rsa_key("outside"))
    for number in range(100):
        assert not holds(token_of("stranger", username=f"Ana {number}"))
    assert issuer.fetches == 2
    issuer.publish(rsa_key("next"))

    assert holds(token_of("next"))


def test_while_the_issuer_fails_an_unknown_key_waits_for_nothing(issuer: Issuer) -> None:
    issuer.publish(rsa_key("outside"))
    assert holds(token_of("outside"))
    issuer.status = 500
    assert not holds(token_of("stranger"))
    issuer.answers.clear()
    started = time.monotonic()
    for number in range(20):
        assert not holds(sign(claims(), rsa_key("stranger"), kid=f"unknown-{number}"))

    assert time.monotonic() - started < 1


def test_our_own_tokens_hold_beside_the_issuers(issuer: Issuer, settings: Any) -> None:
    settings.JWT_PUBLIC_KEY = ""
    settings.JWT_PRIVATE_KEY = private_pem(rsa_key("own"))
    issuer.publish(rsa_key("outside"))

    assert holds(token_of("own"))
    assert issuer.fetches == 0
    assert holds(token_of("outside"))


def test_a_key_the_issuer_adds_is_found_in_the_background(issuer: Issuer) -> None:
    issuer.publish(rsa_key("outside"))
    assert holds(token_of("outside"))
    issuer.publish(rsa_key("outside"), rsa_key("next"))

    assert eventually(lambda: holds(token_of("next")))
    assert holds(token_of("outside"))


def test_unknown_keys_do_not_make_the_issuer_a_target(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside_keys, "RETRY_SECONDS", 3600)
    issuer.publish(rsa_key("outside"))
    assert holds(token_of("outside"))

    for number in range(50):
        assert not holds(sign(claims(), rsa_key("stranger"), kid=f"unknown-{number}"))

    assert issuer.fetches <= 1 + FETCH_BURST


def test_keys_stay_in_use_while_the_issuer_is_down(issuer: Issuer) -> None:
    issuer.publish(rsa_key("outside"))
    assert holds(token_of("outside"))
    issuer.status, issuer.body = 500, b"down"

    assert eventually(lambda: not holds(token_of("stranger")) and issuer.fetches >= 2)
    assert holds(token_of("outside", username="Ana again"))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"keys": 5}', b'{"keys": []}', b"\xff", b"[" * 100_000])
def test_junk_from_the_issuer_changes_nothing(issuer: Issuer, body: bytes) -> None:
    issuer.publish(rsa_key("outside"))
    assert holds(token_of("outside"))
    issuer.body = body

    assert eventually(lambda: not holds(token_of("stranger")) and issuer.fetches >= 2)
    assert holds(token_of("outside", username="Ana again"))
    issuer.publish(rsa_key("next"))
    assert eventually(lambda: holds(token_of("next")))


def test_a_withdrawn_key_ends_the_tokens_remembered_under_it(issuer: Issuer) -> None:
    issuer.publish(rsa_key("outside"))
    token = token_of("outside")
    assert holds(token)
    issuer.publish(rsa_key("next"))

    assert eventually(lambda: holds(token_of("next")))
    assert not holds(token)


def test_an_issuer_that_hangs_delays_the_first_token_only(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside_keys, "FETCH_SECONDS", 0.3)
    issuer.publish(rsa_key("outside"))
    issuer.answers.clear()

    assert not holds(token_of("outside"))
    outside = current_tokens().outside
    assert outside is not None
    assert eventually(lambda: outside._done > 0)
    issuer.answers.set()
    assert eventually(lambda: holds(token_of("outside")))


def test_an_endless_key_set_is_not_read(issuer: Issuer) -> None:
    issuer.body = b" " * (MAX_JWKS_BYTES + 1)

    assert not holds(token_of("outside"))


def test_it_takes_rsa_signature_keys_only() -> None:
    good = public_jwk(rsa_key("outside").public_key())
    weak = public_jwk(rsa_key("weak", 1024).public_key())
    others: list[Any] = [
        weak,
        {**good, "kid": "encryption", "use": "enc"},
        {**good, "kid": "other algorithm", "alg": "RS512"},
        {**good, "kid": 5},
        {**good, "kid": "no modulus", "n": None},
        {**good, "kid": "junk", "n": "!!"},
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        {"kty": "EC", "kid": "curve", "crv": "P-256", "x": "a", "y": "b"},
        {},
        [],
        None,
        "text",
    ]

    found = parse_jwks(json.dumps({"keys": [*others, good]}).encode())
    assert list(found.named) == [good["kid"]]
    assert found.unnamed == ()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://issuer.example/keys", "issuer.example"])
def test_it_asks_web_addresses_only(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="JWT_JWKS_URL"):
        OutsideKeys(url, refresh_seconds=60, on_change=lambda: None)
