"""The probes of an ASGI process: as Django answers them, without its threads."""

import httpx
import pytest
from django.test import Client

from scoreboard_project.testing.servers.one_port import OnePort

pytestmark = pytest.mark.server

PATHS = ["/healthz", "/readyz", "/metrics"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_an_answer_is_like_djangos(troubled_server: OnePort, db: None, method: str, path: str) -> None:
    here = Client().generic(method, path)
    there = httpx.request(method, f"{troubled_server.address}{path}")
    assert there.status_code == here.status_code
    assert bool(there.content) == (method == "GET" or there.status_code == 405)
    if here.status_code == 405:
        assert set(there.headers["Allow"].split(", ")) == set(here.headers["Allow"].split(", "))
    else:
        assert there.headers["Content-Type"] == here.headers["Content-Type"]
        assert there.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PATHS)
def test_a_probe_has_the_request_id_that_was_sent_unless_it_is_malformed(troubled_server: OnePort, path: str) -> None:
    address = f"{troubled_server.address}{path}"
    assert httpx.get(address, headers={"X-Request-ID": "probe-1"}).headers["X-Request-ID"] == "probe-1"
    assert httpx.get(address, headers={"X-Request-ID": "a b"}).headers["X-Request-ID"].startswith("api_")


def test_other_addresses_go_to_django(troubled_server: OnePort) -> None:
    assert httpx.get(f"{troubled_server.address}/healthz/").status_code == 404
    assert httpx.get(f"{troubled_server.address}/api/v1/healthz").json()["error"]["code"] == "NOT_FOUND"
