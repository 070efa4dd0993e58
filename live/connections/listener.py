"""Who is told what an open connection hears."""

from collections.abc import Coroutine
from typing import Any, Protocol


class Listener(Protocol):
    """What the consumer is told."""

    def hear(self, text: str | None) -> Coroutine[Any, Any, None] | None:
        """Handle a message (None: a binary one). The next one must wait until what is returned is done."""
        ...

    def can_write(self) -> None:
        """The peer has read after `try_write` was False."""
        ...

    def left(self) -> None:
        """The socket is closed or closing. It may be told more than once."""
        ...


class Nobody:
    """The listener of a client that was refused: its socket is only open until it has answered the close frame."""

    def hear(self, text: str | None) -> None:
        """See Listener."""

    def can_write(self) -> None:
        """See Listener."""

    def left(self) -> None:
        """See Listener."""


NOBODY = Nobody()
