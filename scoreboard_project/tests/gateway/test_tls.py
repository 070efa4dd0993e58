"""TLS ends at the gateway, or at a load balancer that it knows; nothing else is answered."""

import socket
import ssl
import subprocess

import httpx
import pytest

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.servers.nginx import Gateway
from scoreboard_project.testing.tools import program

HSTS = "Strict-Transport-Security"
BOARD = "/api/v1/scoreboard"
FROM_BALANCER = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


def negotiated(gateway: Gateway, version: ssl.TLSVersion) -> str | None:
    """The version of a connection by a client that speaks this version alone, even an old one."""
    context = ssl.create_default_context(cafile=str(gateway.certificate))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    host, port = gateway.secure.removeprefix("https://").split(":")
    plain = socket.create_connection((host, int(port)), timeout=5)
    with plain, context.wrap_socket(plain, server_hostname=host) as connection:
        return connection.version()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_it_speaks_modern_tls(gateway: Gateway, version: ssl.TLSVersion) -> None:
    assert negotiated(gateway, version)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_it_does_not_speak_old_tls(gateway: Gateway) -> None:
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        negotiated(gateway, ssl.TLSVersion.TLSv1_1)


def test_it_speaks_http_2(gateway: Gateway, scoreboard: None) -> None:
    curl = [program("curl"), "--silent", "--http2", "--cacert", str(gateway.certificate), f"{gateway.secure}{BOARD}"]
    done = subprocess.run([*curl, "-w", " %{http_version}"], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("} 2")


def test_browsers_are_told_to_keep_to_https(client: httpx.Client) -> None:
    assert client.get(BOARD).headers[HSTS].startswith("max-age=60")


def test_readers_over_plain_http_are_sent_to_https(gateway: Gateway) -> None:
    answer = httpx.get(f"{gateway.address}{BOARD}?limit=5", headers={"Host": "scoreboard.example"})
    assert (answer.status_code, answer.headers["Location"]) == (308, f"https://scoreboard.example{BOARD}?limit=5")


def test_an_action_over_plain_http_is_refused(gateway: Gateway, scoreboard: None) -> None:
    answer = httpx.put(f"{gateway.address}/api/v1/scores/update", json={}, headers=ANA.bearer())
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "PERMISSION_DENIED")


def test_no_one_can_claim_to_have_come_by_https(gateway: Gateway) -> None:
    assert httpx.get(f"{gateway.address}{BOARD}", headers=FROM_BALANCER).status_code == 308


def test_a_load_balancer_that_is_named_can(balanced: Gateway, scoreboard: None) -> None:
    assert HSTS in httpx.get(f"{balanced.address}{BOARD}", headers=FROM_BALANCER).headers
    over_http = FROM_BALANCER | {"X-Forwarded-Proto": "http"}
    assert httpx.get(f"{balanced.address}{BOARD}", headers=over_http).status_code == 308


def test_it_does_not_say_which_server_it_is(client: httpx.Client) -> None:
    assert client.get("/nothing-is-here").headers.get("Server", "nginx") == "nginx"
