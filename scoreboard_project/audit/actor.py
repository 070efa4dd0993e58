"""Who acts now: a request's staff user or token, or a command. Whoever begins an action says it; entries read it."""

import getpass
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from scoreboard_project.api.calls import Call
from scoreboard_project.limits.client_address import client_address


@dataclass(frozen=True, slots=True)
class Actor:
    """The first columns of an audit entry, and its request id."""

    who: str
    origin: str
    request_id: str = ""


_current: ContextVar[Callable[[], Actor] | None] = ContextVar("current_actor", default=None)


def current_actor() -> Actor:
    """Code that was started by neither a request nor a command, such as a shell, acts as `command:python`."""
    found = _current.get()
    return found() if found else command_actor("python")


@contextmanager
def acting_as(find_actor: Callable[[], Actor]) -> Iterator[None]:
    """Entries written inside name this actor, who is found only when there is an entry."""
    token = _current.set(find_actor)
    try:
        yield
    finally:
        _current.reset(token)


def command_actor(name: str) -> Actor:
    """`command:<name>`, with the account of the operating system and the host."""
    try:
        account = getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        account = "unknown"
    return Actor(f"command:{name}", f"{account}@{socket.gethostname()}")


def token_actor(call: Call, user_id: str) -> Actor:
    """The user of the call's token, at the client's address."""
    address = client_address(call.peer, call.headers.get("x-forwarded-for", ""))
    return Actor(f"token:{user_id}", address, call.request_id)
