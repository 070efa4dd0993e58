"""Who watches how much of the board in this process."""

from collections import Counter
from dataclasses import dataclass, field

from live.sockets.outbox import Outbox


@dataclass(eq=False, slots=True)
class Subscriber:
    """A socket's subscription: the top `limit`, None while it watches nothing."""

    outbox: Outbox
    limit: int | None = None


@dataclass
class Subscriptions:
    """The subscribers by limit, and those who were not yet shown the board they asked for."""

    by_limit: dict[int, set[Subscriber]] = field(default_factory=dict)
    waiting: set[Subscriber] = field(default_factory=set)

    def add(self, subscriber: Subscriber, limit: int) -> None:
        """Watch the top `limit`; an earlier subscription is replaced."""
        self.remove(subscriber)
        subscriber.limit = limit
        self.by_limit.setdefault(limit, set()).add(subscriber)
        self.waiting.add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Watch nothing."""
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
        """Those who wait for their first board; they are no longer waiting."""
        waiting, self.waiting = self.waiting, set()
        return waiting

    @property
    def largest_limit(self) -> int:
        """The lowest rank that anyone watches."""
        return max(self.by_limit, default=0)

    def counts(self) -> Counter[int]:
        """Subscribers by limit."""
        return Counter({limit: len(subscribers) for limit, subscribers in self.by_limit.items()})
