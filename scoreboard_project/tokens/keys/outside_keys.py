"""The public keys of an outside issuer, refreshed in the background, and at once when a token names an unknown key."""

import logging
import threading
import time
from collections.abc import Callable
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.core.exceptions import ImproperlyConfigured

from scoreboard_project.tokens.keys.key_set import FetchBudget, KeySet, Signs, parse_jwks

FETCH_SECONDS = 2.0
RETRY_SECONDS = 10.0
MAX_JWKS_BYTES = 256 * 1024
HEADERS = {
    "Accept": "application/jwk-set+json, application/json, */*;q=0.1",
    # Many key servers refuse the name that Python gives itself.
    "User-Agent": "scoreboard/1.0 (JWKS client)",
}

log = logging.getLogger("scoreboard.jwks")


class OutsideKeys:
    """The RSA signature keys at `url`. Keys stay in use while the issuer cannot be reached.

    The first lookup starts the thread, so that it runs in the process that needs it, even after a fork.
    """

    def __init__(self, url: str, *, refresh_seconds: float, on_change: Callable[[], None]) -> None:
        if not url.startswith(("https://", "http://")):
            raise ImproperlyConfigured("JWT_JWKS_URL must start with https:// (or http://).")
        self._url = url
        self._refresh_seconds = refresh_seconds
        self._on_change = on_change
        self._keys = KeySet()
        self._budget = FetchBudget()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._closed = False
        # Guards what follows. Fetches are numbered from 1; lookups wait until the wanted one is done, or too late.
        self._turn = threading.Condition()
        self._begun = self._done = self._wanted = 0
        self._wanted_by = 0.0
        self._is_failing = False
        self.fetched_at: float | None = None

    def named(self, kid: str) -> RSAPublicKey | None:
        """The key of this name in the set at hand. Never waits."""
        return self._keys.named.get(kid)

    def find(self, kid: str, signs: Signs) -> RSAPublicKey | None:
        """The key of a token that names `kid` ("": names none); `signs` says whether a key signed it. None: no key.

        An unknown key is looked for in a fresh set, so that a rotation refuses nobody. That waits at most
        FETCH_SECONDS, never while fetches fail, and only as often as FetchBudget allows.
        """
        if key := self._keys.find(kid, signs):
            return key
        if self.start():
            self._wait()
            if key := self._keys.find(kid, signs):
                return key
        self._ask_again(kid)
        self._wait()
        return self._keys.find(kid, signs)

    def start(self) -> bool:
        """Start the fetching thread unless it is running. Whether the first fetch is still to come."""
        with self._turn:
            if not (self._thread and self._thread.is_alive()):
                self._want_fetch()
                self._thread = threading.Thread(target=self._keep_fresh, name="jwks", daemon=True)
                self._thread.start()
            return self._done == 0

    def close(self) -> None:
        """Tell the thread to end."""
        self._closed = True
        self._wake.set()

    def _ask_again(self, kid: str) -> None:
        with self._turn:
            if self._done and self._budget.allows(kid, once_in_seconds=RETRY_SECONDS):
                self._want_fetch()
                self._wake.set()

    def _want_fetch(self) -> None:
        self._wanted = self._begun + 1
        self._wanted_by = time.monotonic() + FETCH_SECONDS

    def _wait(self) -> None:
        with self._turn:
            if not self._is_failing:
                self._turn.wait_for(lambda: self._done >= self._wanted, max(0.0, self._wanted_by - time.monotonic()))

    def _keep_fresh(self) -> None:
        while not self._closed:
            with self._turn:
                self._begun += 1
            is_failing = not self._fetch()
            with self._turn:
                self._done, self._is_failing = self._begun, is_failing
                self._turn.notify_all()
            self._wake.wait(min(RETRY_SECONDS, self._refresh_seconds) if is_failing else self._refresh_seconds)
            self._wake.clear()

    def _fetch(self) -> bool:
        try:
            self._replace(parse_jwks(fetch_bounded(self._url)))
        except Exception:
            log.warning("The issuer's keys could not be fetched; the keys fetched before stay in use", exc_info=True)
            return False
        return True

    def _replace(self, keys: KeySet) -> None:
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
    request = Request(url, headers=HEADERS)  # noqa: S310 - the scheme is checked by the caller
    body = bytearray()
    with urlopen(request, timeout=FETCH_SECONDS) as response:  # noqa: S310
        while chunk := response.read1(65_536):
            body += chunk
            if len(body) > MAX_JWKS_BYTES:
                raise ValueError("The issuer's key set is too large")
            if time.monotonic() > deadline:
                raise TimeoutError("The issuer took too long to answer")
    return bytes(body)
