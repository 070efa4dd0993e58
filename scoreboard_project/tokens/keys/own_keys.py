"""The keys of our own tokens: that of the settings, and those that `manage.py rotate_signing_key` made."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from scoreboard_project.tokens.keys.key_cipher import decrypt
from scoreboard_project.tokens.keys.signing_keys import SigningKeys

log = logging.getLogger("scoreboard.tokens")


class StoredKey(NamedTuple):
    """A row of `signing_keys`. Times are in unix seconds."""

    kid: str
    public_key: str
    private_key: str
    signs_from: float
    verifies_until: float


@dataclass(frozen=True, slots=True)
class OwnKey:
    """`private` is None if this server only verifies with it."""

    kid: str
    public: RSAPublicKey
    private: RSAPrivateKey | None
    signs_from: float = -math.inf
    verifies_until: float = math.inf
    is_stored: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether we sign, or signed, with it. Otherwise an outside issuer does."""
        return self.private is not None or self.is_stored


class OwnKeys:
    """Which key signs now, and which ones verify. The key of the settings signs until another one's time has come."""

    def __init__(self, configured: SigningKeys, stored: Sequence[StoredKey]) -> None:
        rows = {key.kid: key for key in stored}
        found = [_read(key) for key in stored if key.public_key]
        self.configured: OwnKey | None = None
        if configured.public:
            self.configured = OwnKey(configured.kid, configured.public, configured.private)
            if row := rows.get(configured.kid):
                self.configured = replace(self.configured, verifies_until=row.verifies_until, is_stored=True)
            found.append(self.configured)
        self._keys = sorted(found, key=lambda key: key.signs_from)

    def verifying(self, now: float) -> list[OwnKey]:
        """The keys whose tokens are valid, in the order in which they sign."""
        return [key for key in self._keys if now < key.verifies_until]

    def named(self, kid: str, now: float) -> OwnKey | None:
        """The key of this name, if its tokens are valid."""
        return next((key for key in self._keys if key.kid == kid and now < key.verifies_until), None)

    def fallback(self, now: float) -> OwnKey | None:
        """The key of tokens that name none that we know: that of the settings, which an issuer may name as it likes."""
        return self.configured if self.configured and now < self.configured.verifies_until else None

    def signing(self, now: float) -> OwnKey | None:
        """The key to sign with; None if tokens are issued elsewhere."""
        signing = [key for key in self.verifying(now) if key.private and key.signs_from <= now]
        return signing[-1] if signing else None


def _read(key: StoredKey) -> OwnKey:
    public, private = _public_key(key.public_key), _private_key(key.kid, key.private_key)
    return OwnKey(key.kid, public, private, key.signs_from, key.verifies_until, is_stored=True)


@lru_cache(maxsize=16)
def _public_key(pem: str) -> RSAPublicKey:
    return cast("RSAPublicKey", load_pem_public_key(pem.encode()))


@lru_cache(maxsize=16)
def _private_key(kid: str, encrypted: str) -> RSAPrivateKey | None:
    if not encrypted:
        return None
    pem = decrypt(encrypted)
    if pem is None:
        log.error(
            "A signing key cannot be decrypted, because DJANGO_SECRET_KEY changed: run rotate_signing_key --now",
            extra={"kid": kid},
        )
        return None
    # We made it and nobody changed it, or it could not have been decrypted: to check it would take 35 ms.
    return cast("RSAPrivateKey", load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True))
