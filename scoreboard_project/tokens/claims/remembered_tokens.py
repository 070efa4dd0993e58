"""Recently verified tokens, so that a game's next request needs no RSA verification."""

import hashlib
import threading

from scoreboard_project.tokens.principal import Principal


class RememberedTokens:
    """At most `size` tokens, by digest. The oldest is dropped first. Safe to share between threads.

    It stores digests because a token can be 8 KiB long, and a memory dump should not contain usable tokens.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._principals: dict[bytes, tuple[Principal, float]] = {}

    def find(self, token: str, *, now: float) -> Principal | None:
        """The principal of a remembered token that is still valid at `now` (unix seconds)."""
        if not self._size:
            return None
        digest = hashlib.sha256(token.encode()).digest()
        found = self._principals.get(digest)
        if found is None:
            return None
        principal, holds_until = found
        if now < holds_until:
            return principal
        with self._lock:
            self._principals.pop(digest, None)
        return None

    def remember(self, token: str, principal: Principal, *, holds_until: float) -> None:
        """Keep a verified token until `holds_until` (unix seconds), or until newer tokens displace it."""
        if not self._size:
            return
        digest = hashlib.sha256(token.encode()).digest()
        with self._lock:
            self._principals.pop(digest, None)
            while len(self._principals) >= self._size:
                del self._principals[next(iter(self._principals))]
            self._principals[digest] = (principal, holds_until)

    def clear(self) -> None:
        with self._lock:
            self._principals.clear()

    def __len__(self) -> int:
        return len(self._principals)
