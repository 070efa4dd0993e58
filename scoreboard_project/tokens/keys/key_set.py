"""An issuer's key set (JWKS, RFC 7517), and how often keys that it does not have may cause another fetch."""

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from scoreboard_project.tokens.keys.signing_keys import MIN_KEY_BITS

Signs = Callable[[RSAPublicKey], bool]
# A token without a kid costs a check with each key, so a long set is not tried to its end.
MAX_TRIED_KEYS = 16
FETCH_BURST = 5
FETCH_EVERY_SECONDS = 5.0
MAX_REMEMBERED_KIDS = 1000


@dataclass(frozen=True)
class KeySet:
    """The RSA signature keys of an issuer: those with a kid by that kid, and those without."""

    named: Mapping[str, RSAPublicKey] = field(default_factory=dict)
    unnamed: tuple[RSAPublicKey, ...] = ()

    def find(self, kid: str, signs: Signs) -> RSAPublicKey | None:
        """The key of a token: the one that `kid` names, or else the one that `signs` accepts.

        A token without a kid ("") is tried with every key, one whose kid is unknown with the keys that have none.
        """
        if key := self.named.get(kid):
            return key
        candidates = self.unnamed if kid else (*self.unnamed, *self.named.values())
        return next(filter(signs, candidates[:MAX_TRIED_KEYS]), None)

    def __bool__(self) -> bool:
        return bool(self.named or self.unnamed)


class FetchBudget:
    """Lets an unknown kid cause a fetch at once, but not a flood of them.

    FETCH_BURST fetches may come at once and then one every FETCH_EVERY_SECONDS. The same kid counts once in a while.
    """

    def __init__(self) -> None:
        self._left = float(FETCH_BURST)
        self._counted_at = time.monotonic()
        self._asked_at: OrderedDict[str, float] = OrderedDict()

    def allows(self, kid: str, *, once_in_seconds: float) -> bool:
        """Whether to fetch for `kid` now; if so, that is counted. Not safe to share between threads without a lock."""
        now = time.monotonic()
        self._left = min(FETCH_BURST, self._left + (now - self._counted_at) / FETCH_EVERY_SECONDS)
        self._counted_at = now
        asked_at = self._asked_at.get(kid)
        if self._left < 1 or (asked_at is not None and now - asked_at < once_in_seconds):
            return False
        self._left -= 1
        self._asked_at[kid] = now
        self._asked_at.move_to_end(kid)
        if len(self._asked_at) > MAX_REMEMBERED_KIDS:
            self._asked_at.popitem(last=False)
        return True


def parse_jwks(body: bytes) -> KeySet:
    """The usable keys of a JWKS document; other keys are ignored. Raises ValueError if it is not a JWKS."""
    document = json.loads(body)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("The issuer did not send a JWKS document")  # noqa: TRY004 - not about a Python type
    keys = [(entry.get("kid"), key) for entry in entries if (key := _rsa_signature_key(entry))]
    return KeySet({kid: key for kid, key in keys if kid}, tuple(key for kid, key in keys if not kid))


def _rsa_signature_key(entry: Any) -> RSAPublicKey | None:  # noqa: ANN401 - whatever the issuer sent
    if not isinstance(entry, dict) or entry.get("kty") != "RSA" or "d" in entry:
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    if not all(isinstance(entry.get(name), str) for name in ("n", "e")):
        return None
    if not isinstance(entry.get("kid"), str | None):
        return None
    try:
        key = PyJWK(entry, "RS256").key
    except PyJWTError:
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= MIN_KEY_BITS else None
