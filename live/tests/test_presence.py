"""Presence: each process reports it with a heartbeat, and is forgotten when the heartbeat stops."""

import signal
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from live.counts import presence
from live.counts.sessions import Session, find_sessions
from live.tests.sockets import LiveClient
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.waiting import wait_for


@pytest.fixture
def alone_server(own_server: Callable[..., OnePort], settings: Settings) -> Callable[..., OnePort]:
    """Makes servers that share no presence with those of other tests."""
    settings.REDIS_KEY_PREFIX = "presence"
    return partial(own_server, REDIS_KEY_PREFIX="presence")


@pytest.fixture
def staff(scoreboard: None) -> Client:
    """A client of a user who may view scores in the admin."""
    User.objects.filter(username="boss").delete()
    client = Client()
    client.force_login(User.objects.create_superuser("boss", password="x"))
    return client


def sockets() -> int:
    return sum(process.sockets for process in presence.read_presence())


def sessions() -> list[tuple[str, Session]]:
    return find_sessions(process.name for process in presence.read_presence())


@pytest.mark.long
def test_processes_add_up_and_a_closed_socket_is_no_longer_counted(
    alone_server: Callable[..., OnePort], staff: Client
) -> None:
    first, second = alone_server(), alone_server()
    with ExitStack() as opened:
        for server, player, limit in ((first, ANA, 10), (first, BOB, 25), (second, BOB, 25)):
            opened.enter_context(LiveClient(server, player)).subscribe(limit)
        wait_for(lambda: sockets() == 3)
        wait_for(lambda: first.metric('scoreboard_presence_subscriptions{limit="25"}') == 2)
        assert second.metric("scoreboard_presence_processes") == 2
        page = staff.get("/admin/live/presence/").content.decode()
        assert "3 sockets of 3 users on 2 processes" in page
        assert "2 watch the top 25" in page
        wait_for(lambda: len(sessions()) == 3)
        assert {(each.user_id, each.limit, each.board) for _, each in sessions()} == {
            ("ana", 10, "all"),
            ("bob", 25, "all"),
        }
        redis.delete(*(f"presence:live:sessions:{process.name}" for process in presence.read_presence()))
        assert sessions() == []
        wait_for(lambda: len(sessions()) == 3)
        assert "top 10 of all" in staff.get("/admin/live/presence/?user=ana").content.decode()
        assert "top 10 of all" not in staff.get("/admin/live/presence/?user=bob").content.decode()
    wait_for(lambda: (sockets(), sessions()) == (0, []))
    first.stop()
    wait_for(lambda: len(presence.read_presence()) == 1)


def test_a_killed_process_is_forgotten(alone_server: Callable[..., OnePort], monkeypatch: pytest.MonkeyPatch) -> None:
    server = alone_server()
    wait_for(lambda: len(presence.read_presence()) == 1)
    server.stop(signal.SIGKILL)
    assert len(presence.read_presence()) == 1
    monkeypatch.setattr(presence, "PRESENCE_EXPIRES_SECONDS", 0.0)
    assert presence.read_presence() == []
    assert not redis.exists(presence._key())


def test_unreadable_entries_are_ignored(scoreboard: None) -> None:
    for number, junk in enumerate(["", "[]", "{}", '{"at": "now"}', '{"at": 9e99, "subscriptions": 1}']):
        entry = {f"p{number}": junk}
        redis.hset(presence._key(), entry)
    assert presence.read_presence() == []


def test_the_front_page_of_the_admin_links_to_it(staff: Client) -> None:
    assert "/admin/live/presence/" in staff.get("/admin/").content.decode()


def test_it_is_for_staff_only(scoreboard: None, client: Client) -> None:
    assert client.get("/admin/live/presence/").status_code == 302


def test_without_redis_the_page_says_so(staff: Client, mortal_valkey: Valkey) -> None:
    mortal_valkey.stop()
    try:
        answer = staff.get("/admin/live/presence/")
    finally:
        mortal_valkey.start()
    assert (answer.status_code, "Redis is unavailable" in answer.content.decode()) == (200, True)
