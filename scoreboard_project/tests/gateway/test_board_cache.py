"""The cache of the public board: off unless it is turned on, and then one request loads for all."""

from collections.abc import Iterator

import httpx
import pytest

from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.servers.nginx import Gateway
from scoreboard_project.testing.threads import in_threads

BOARD = "/api/v1/scoreboard"


def leaders(client: httpx.Client, **headers: str) -> list[str]:
    return [entry["userId"] for entry in client.get(BOARD, headers=headers).json()["data"]["leaderboard"]]


@pytest.fixture(scope="module")
def caching(ports: list[int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway with the cache turned on, for longer than these tests take."""
    changes = {
        "board-cache.conf": {"default off;": "default boards;"},
        "routes.conf": {"proxy_cache_valid 200 1s;": "proxy_cache_valid 200 60s;"},
    }
    found = Gateway(tmp_path_factory.mktemp("caching"), api=ports[:1], live=ports[1:], changes=changes)
    with found.running():
        yield found


@pytest.fixture
def reader(caching: Gateway, scoreboard: None) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=caching.secure, verify=caching.trust) as found:
        yield found


def test_as_it_is_delivered_a_board_shows_the_last_action(client: httpx.Client) -> None:
    assert leaders(client) == []
    in_threads(lambda player: player.act(), [ANA], threads=1)
    assert leaders(client) == ["ana"]


def test_turned_on_it_answers_readers_from_the_cache(reader: httpx.Client) -> None:
    first = reader.get(f"{BOARD}?limit=7")
    in_threads(lambda player: player.act(), [ANA], threads=1)
    second = reader.get(f"{BOARD}?limit=7", headers={"X-Request-ID": "mine"})
    assert second.content == first.content
    assert second.headers["X-Request-ID"] == "mine"
    assert first.headers["X-Request-ID"] != "mine"
    assert reader.get(f"{BOARD}?limit=7", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_turned_on_it_never_answers_who_brings_a_token(reader: httpx.Client) -> None:
    assert leaders(reader) == []
    in_threads(lambda player: player.act(), [BOB], threads=1)
    assert leaders(reader, **ANA.bearer()) == ["bob"]


def test_turned_on_it_keeps_answers_of_errors_for_no_one(reader: httpx.Client) -> None:
    assert [reader.get(f"{BOARD}?limit=0").json()["error"]["code"] for _ in range(2)] == ["INVALID_LIMIT"] * 2


def test_turned_on_one_request_loads_for_all_who_wait(reader: httpx.Client, caching: Gateway) -> None:
    answers = in_threads(lambda _: reader.get(f"{BOARD}?limit=9"), range(16))
    assert len({answer.content for answer in answers}) == 1
    assert caching.access_log.read_text().count('"cache":"MISS"') <= 6
