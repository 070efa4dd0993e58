"""With OPERATOR_ADDRESSES the admin and the metrics do not exist for anyone else, in WSGI and in ASGI processes."""

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from scoreboard_project.asgi import application
from scoreboard_project.limits.operators import HIDDEN_PATHS
from scoreboard_project.testing.asgi import OWN_HOST, Sent, ask

pytestmark = pytest.mark.django_db
OPERATORS, STRANGER = ["10.0.0.0/8", "2001:db8::/32"], "192.0.2.7"
PATHS = ["/metrics", "/admin/", "/admin/login/", "/admin", "/admin/live/", "/admin/nothing/"]


@pytest.mark.parametrize("path", PATHS)
def test_strangers_get_the_answer_of_an_address_where_nothing_is(settings: Any, path: str) -> None:
    settings.OPERATOR_ADDRESSES = OPERATORS
    nothing = Client(REMOTE_ADDR=STRANGER).get("/nothing")
    found = Client(REMOTE_ADDR=STRANGER).get(path)
    assert (found.status_code, found.content) == (404, nothing.content)
    assert found.headers.keys() == nothing.headers.keys()


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::7"])
def test_operators_see_them(settings: Any, address: str) -> None:
    settings.OPERATOR_ADDRESSES = OPERATORS
    assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR=address).get("/admin/login/").status_code == 200


def test_a_claimed_address_counts_only_behind_a_trusted_proxy(settings: Any) -> None:
    settings.OPERATOR_ADDRESSES = OPERATORS
    claimed = {"X-Forwarded-For": "10.1.2.3"}
    assert Client(REMOTE_ADDR=STRANGER, headers=claimed).get("/metrics").status_code == 404
    settings.TRUSTED_PROXIES = [STRANGER]
    assert Client(REMOTE_ADDR=STRANGER, headers=claimed).get("/metrics").status_code == 200
    assert (
        Client(REMOTE_ADDR=STRANGER, headers={"X-Forwarded-For": "10.1.2.3, 192.0.2.9"}).get("/metrics").status_code
        == 404
    )
    assert Client(REMOTE_ADDR="").get("/metrics").status_code == 404


async def test_the_probes_of_an_asgi_process_hide_them_too(settings: Any) -> None:
    settings.OPERATOR_ADDRESSES = OPERATORS
    assert (await ask(application, Sent("GET", "/metrics", peer=(STRANGER, 1)))).status == 404
    assert (await ask(application, Sent("GET", "/metrics", peer=("10.1.2.3", 1)))).status == 200
    assert (await ask(application, Sent("GET", "/healthz", peer=(STRANGER, 1)))).status == 200
    settings.TRUSTED_PROXIES = [STRANGER]
    forwarded = (OWN_HOST, (b"x-forwarded-for", b"10.1.2.3"))
    assert (await ask(application, Sent("GET", "/metrics", forwarded, peer=(STRANGER, 1)))).status == 200


def test_everyone_sees_them_unless_it_is_set() -> None:
    assert Client(REMOTE_ADDR=STRANGER).get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR=STRANGER).get("/admin/login/").status_code == 200


def test_the_hidden_paths_are_addresses_of_the_project() -> None:
    addresses = {f"/{pattern.pattern}".rstrip("/") for pattern in get_resolver().url_patterns}
    assert set(HIDDEN_PATHS) <= addresses
