"""Limits on the sockets of a user, an address and the process, and on the messages of a socket."""

import time
from collections import Counter

from django.conf import settings

MESSAGE_WINDOW_SECONDS = 10.0


class SocketLimits:
    """The open sockets of this process, counted by user and by address. A setting of 0 means no limit."""

    def __init__(self) -> None:
        self.by_user: Counter[str] = Counter()
        self.by_address: Counter[str] = Counter()
        self.total = 0

    def admits(self, user_id: str, address: str) -> bool:
        """Whether another socket of this user and address may open."""
        return not (
            _is_reached(settings.LIVE_MAX_SOCKETS, self.total)
            or _is_reached(settings.LIVE_SOCKETS_PER_USER, self.by_user[user_id])
            or (address and _is_reached(settings.LIVE_SOCKETS_PER_ADDRESS, self.by_address[address]))
        )

    def add(self, user_id: str, address: str) -> None:
        self.total += 1
        self.by_user[user_id] += 1
        self.by_address[address] += 1

    def remove(self, user_id: str, address: str) -> None:
        """Count one less. Users and addresses without sockets are forgotten, so the counters do not grow."""
        self.total -= 1
        for counter, key in ((self.by_user, user_id), (self.by_address, address)):
            counter[key] -= 1
            if counter[key] <= 0:
                del counter[key]


def _is_reached(limit: int, count: int) -> bool:
    return 0 < limit <= count


class MessageRate:
    """Limits one socket to LIVE_MESSAGES_PER_10_SECONDS messages in any ten seconds."""

    __slots__ = ("_moments",)

    def __init__(self) -> None:
        # A list, because an empty deque takes 600 bytes.
        self._moments: list[float] = []

    def admits(self) -> bool:
        """Count one message; False if it exceeds the limit."""
        limit = settings.LIVE_MESSAGES_PER_10_SECONDS
        if not limit:
            return True
        now = time.monotonic()
        if self._moments and self._moments[0] <= now - MESSAGE_WINDOW_SECONDS:
            self._moments = [moment for moment in self._moments if moment > now - MESSAGE_WINDOW_SECONDS]
        self._moments.append(now)
        return len(self._moments) <= limit
