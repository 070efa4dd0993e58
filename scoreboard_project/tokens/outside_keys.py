"""The public keys of an outside issuer, refreshed in the background. Requests wait only for the first fetch."""

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.core.exceptions import ImproperlyConfigured
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from scoreboard_project.tokens.signing_keys import MIN_KEY_BITS

FETCH_SECONDS = 2.0
RETRY_SECONDS = 10.0
MAX_JWKS_BYTES = 256 * 1024

log = logging.getLogger("scoreboard.jwks")


class OutsideKeys:
    """The RSA signature keys at `url`, by kid. Keys stay in use while the issuer cannot be reached.

    The first lookup starts the thread, so that it runs in the process that needs it, even after a fork.
    """

    def __init__(self, url: str, *, refresh_seconds: float, on_change: Callable[[], None]) -> None:
        if not url.startswith(("https://", "http://")):
            raise ImproperlyConfigured("JWT_JWKS_URL must start with https:// (or http://).")
        self._url = url
        self._refresh_seconds = refresh_seconds
        self._on_change = on_change
        self._keys: dict[str, RSAPublicKey] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._fetched_once = threading.Event()
        self._wake = threading.Event()
        self._closed = False
        self._wait_until = 0.0
        self._tried_at = 0.0
        self.fetched_at: float | None = None

    def find(self, kid: str) -> RSAPublicKey | None:
        """The key named `kid`, or None. Waits at most FETCH_SECONDS for the first fetch, and never after that."""
        if key := self._keys.get(kid):
            return key
        self.start()
        self._fetched_once.wait(max(0.0, self._wait_until - time.monotonic()))
        key = self._keys.get(kid)
        if key is None and time.monotonic() - self._tried_at >= RETRY_SECONDS:
            self._wake.set()
        return key

    def start(self) -> None:
        """Start the fetching thread unless it is running."""
        with self._lock:
            if self._thread and self._thread.is_alive():
                return
            self._wait_until = time.monotonic() + FETCH_SECONDS
            self._thread = threading.Thread(target=self._keep_fresh, name="jwks", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Tell the thread to end."""
        self._closed = True
        self._wake.set()

    def _keep_fresh(self) -> None:
        while not self._closed:
            self._tried_at = time.monotonic()
            try:
                self._replace(parse_jwks(fetch_bounded(self._url)))
                pause = self._refresh_seconds
            except Exception:
                log.warning(
                    "The issuer's keys could not be fetched; the keys fetched before stay in use", exc_info=True
                )
                pause = min(RETRY_SECONDS, self._refresh_seconds)
            self._fetched_once.set()
            self._wake.wait(pause)
            self._wake.clear()

    def _replace(self, keys: dict[str, RSAPublicKey]) -> None:
        if not keys:
            raise ValueError("The issuer's key set contains no usable RSA signature key")
        changed = keys != self._keys
        self._keys = keys
        self.fetched_at = time.time()
        if changed:
            # The issuer may have withdrawn a key, so every remembered token must be verified again.
            self._on_change()


def fetch_bounded(url: str) -> bytes:
    """The body at `url`. Raises ValueError above MAX_JWKS_BYTES, OSError on failure or after FETCH_SECONDS."""
    deadline = time.monotonic() + FETCH_SECONDS
    request = Request(url, headers={"Accept": "application/json"})  # noqa: S310 - the scheme is checked by the caller
    body = bytearray()
    with urlopen(request, timeout=FETCH_SECONDS) as response:  # noqa: S310
        while chunk := response.read1(65_536):
            body += chunk
            if len(body) > MAX_JWKS_BYTES:
                raise ValueError("The issuer's key set is too large")
            if time.monotonic() > deadline:
                raise TimeoutError("The issuer took too long to answer")
    return bytes(body)


def parse_jwks(body: bytes) -> dict[str, RSAPublicKey]:
    """The usable keys of a JWKS document, by kid. Other keys are ignored. Raises ValueError if it is not a JWKS."""
    document = json.loads(body)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("The issuer did not send a JWKS document")  # noqa: TRY004 - not about a Python type
    return {entry["kid"]: key for entry in entries if (key := _rsa_signature_key(entry))}


def _rsa_signature_key(entry: Any) -> RSAPublicKey | None:  # noqa: ANN401 - whatever the issuer sent
    if not isinstance(entry, dict) or entry.get("kty") != "RSA" or "d" in entry:
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    if not all(isinstance(entry.get(field), str) for field in ("kid", "n", "e")):
        return None
    try:
        key = PyJWK(entry, "RS256").key
    except PyJWTError:
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= MIN_KEY_BITS else None
