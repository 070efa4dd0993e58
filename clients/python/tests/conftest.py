"""One server for the whole run, and both clients."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from blocking import BlockingAsyncScoreboard
from running_server import Player, RunningServer, running_server
from scoreboard_client import Scoreboard

MakeClient = Callable[..., Scoreboard]


@pytest.fixture(scope="session")
def server() -> Iterator[RunningServer]:
    with running_server() as found:
        yield found


@pytest.fixture
def player(server: RunningServer) -> Player:
    """A user who has not scored yet."""
    return server.player()


@pytest.fixture(params=[Scoreboard, BlockingAsyncScoreboard], ids=["sync", "async"])
def client_class(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def connect(server: RunningServer, client_class: Any) -> Iterator[MakeClient]:
    """Makes clients for the server."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(closing(client_class(server.url, **options)))


@pytest.fixture
def scoreboard(connect: MakeClient, player: Player) -> Scoreboard:
    """A client with the player's token."""
    return connect(token=player.token)
