"""Which sockets of this process watch which size of the board."""

from collections import Counter
from dataclasses import dataclass, field

from live.sockets.outbox import Outbox


@dataclass(eq=False, slots=True)
class Subscriber:
    """A socket's subscription to the top `limit`; None while it watches nothing."""

    outbox: Outbox
    limit: int | None = None


@dataclass
class Subscriptions:
    """The subscribers by limit, and those still waiting for the first board of their subscription."""

    by_limit: dict[int, set[Subscriber]] = field(default_factory=dict)
    waiting: set[Subscriber] = field(default_factory=set)

    def add(self, subscriber: Subscriber, limit: int) -> None:
        """Subscribe to the top `limit`, in place of an earlier subscription."""
        self.remove(subscriber)
        subscriber.limit = limit
        self.by_limit.setdefault(limit, set()).add(subscriber)
        self.waiting.add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        if subscriber.limit is None:
            return
        same = self.by_limit[subscriber.limit]
        same.discard(subscriber)
        if not same:
            del self.by_limit[subscriber.limit]
        self.waiting.discard(subscriber)
        subscriber.limit = None
        subscriber.outbox.forget_board()

    def take_waiting(self) -> set[Subscriber]:
        """The subscribers that wait for their first board. They no longer count as waiting."""
        waiting, self.waiting = self.waiting, set()
        return waiting

    @property
    def largest_limit(self) -> int:
        """The lowest rank that anyone watches; 0 without subscribers."""
        return max(self.by_limit, default=0)

    def counts(self) -> Counter[int]:
        """The number of subscribers by limit."""
        return Counter({limit: len(subscribers) for limit, subscribers in self.by_limit.items()})
