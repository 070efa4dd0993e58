"""Player pages: a limited number a minute per address, and all of them while Redis cannot count."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.testing.cast import Player

LIMIT = 3
# A test may run across the end of one of the fixed minutes, never of two.
TOO_MANY = 2 * LIMIT + 1


@pytest.fixture(autouse=True)
def limit_of_three(scoreboard: None, settings: Any, ana: Player) -> None:
    """Three pages a minute; Ana has one to show."""
    settings.PLAYER_PAGES_PER_MINUTE = LIMIT
    ana.act()


def answers(client: Client, path: str = "/players/ana", address: str = "192.0.2.7") -> list[Any]:
    return [client.get(path, REMOTE_ADDR=address) for _ in range(TOO_MANY)]


def statuses(client: Client, path: str = "/players/ana", address: str = "192.0.2.7") -> set[int]:
    return {answer.status_code for answer in answers(client, path, address)}


def test_after_so_many_pages_it_says_when_to_come_back(client: Client) -> None:
    refused = [answer for answer in answers(client) if answer.status_code == 429]
    assert 1 <= len(refused) <= TOO_MANY - LIMIT
    assert b"Too many pages" in refused[0].content
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 60
    assert "default-src 'none'" in refused[0].headers["Content-Security-Policy"]


def test_addresses_count_apart_and_an_ipv6_network_is_one(client: Client) -> None:
    hosts = [f"2001:db8:1:2::{host}" for host in range(TOO_MANY)]
    assert 429 in {client.get("/players/ana", REMOTE_ADDR=host).status_code for host in hosts}
    assert client.get("/players/ana", REMOTE_ADDR="2001:db8:1:3::1").status_code == 200


def test_a_peer_without_an_address_is_not_counted(client: Client) -> None:
    assert statuses(client, address="") == {200}


def test_the_board_is_not_counted(client: Client) -> None:
    assert statuses(client, "/") == {200}


def test_zero_switches_it_off(client: Client, settings: Any) -> None:
    settings.PLAYER_PAGES_PER_MINUTE = 0
    assert statuses(client) == {200}


@pytest.mark.parametrize("trouble", [Valkey.stop, Valkey.pause], ids=["stopped", "hung"])
def test_without_redis_every_page_is_shown(
    client: Client, mortal_valkey: Valkey, trouble: Callable[[Valkey], None]
) -> None:
    trouble(mortal_valkey)
    assert statuses(client) == {200}
