"""Where a request came from: the peer, unless the peer is a proxy that we trust."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from scoreboard_project.limits.client_address import client_address, trusted_networks

PROXY = "10.0.0.1"


def address(peer: str, forwarded: str | None = None) -> str:
    return client_address(peer, forwarded or "")


@pytest.fixture
def behind_a_proxy(settings: Any) -> None:
    """Trust 10.0.0.0/8 and a network of version 6."""
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "2001:db8:1::/48"]


def test_without_trusted_proxies_the_header_is_ignored(settings: Any) -> None:
    settings.TRUSTED_PROXIES = []

    assert address("192.0.2.7", "198.51.100.1") == "192.0.2.7"


def test_a_peer_that_is_no_proxy_claims_nothing(behind_a_proxy: None) -> None:
    assert address("192.0.2.7", "198.51.100.1") == "192.0.2.7"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("203.0.113.9,198.51.100.1 ,10.0.0.2,2001:db8:1::5", "198.51.100.1"),
        ("2001:db8:2::1", "2001:db8:2::1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("198.51.100.1:4711", "198.51.100.1"),
        ("[2001:db8:2::1]:4711", "2001:db8:2::1"),
        ("[2001:db8:2::1]", "2001:db8:2::1"),
        ("10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("", PROXY),
        (None, PROXY),
        ("unknown", PROXY),
        ("198.51.100.1, unknown", PROXY),
        ("198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"),
        ("'; DROP TABLE", PROXY),
        ("," * 5000, PROXY),
    ],
)
def test_the_right_most_untrusted_hop_counts(behind_a_proxy: None, forwarded: str | None, expected: str) -> None:
    assert address(PROXY, forwarded) == expected


@pytest.mark.parametrize(
    ("peer", "expected"),
    [("", ""), ("unix:", ""), ("::1", "::1"), ("::ffff:192.0.2.7", "192.0.2.7"), ("fe80::1%eth0", "fe80::1")],
)
def test_odd_peers(behind_a_proxy: None, peer: str, expected: str) -> None:
    assert address(peer, "198.51.100.1") == expected


@pytest.mark.parametrize("peer", ["", "unix:"])
@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (None, ""),
        ("junk", ""),
    ],
)
def test_a_unix_socket_is_believed_when_it_is_listed(
    settings: Any, peer: str, forwarded: str | None, expected: str
) -> None:
    settings.TRUSTED_PROXIES = ["unix", "10.0.0.0/8"]

    assert address(peer, forwarded) == expected
    assert address("192.0.2.7", forwarded) == "192.0.2.7"


def test_a_mapped_proxy_is_a_proxy(behind_a_proxy: None) -> None:
    assert address("::ffff:10.0.0.1", "198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize(("peer", "status"), [(PROXY, 404), ("192.0.2.7", 301), ("::ffff:10.0.0.1", 404), ("", 301)])
def test_only_a_trusted_proxy_says_that_a_client_uses_https(
    behind_a_proxy: None, settings: Any, peer: str, status: int
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True

    answer = Client().get("/nothing-is-here", headers={"x-forwarded-proto": "https"}, REMOTE_ADDR=peer)

    assert answer.status_code == status


def test_a_proxy_on_a_trusted_unix_socket_says_so_too(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["unix"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True

    for peer, status in (("", 404), ("192.0.2.7", 301)):
        answer = Client().get("/nothing-is-here", headers={"x-forwarded-proto": "https"}, REMOTE_ADDR=peer)
        assert answer.status_code == status


@pytest.mark.parametrize("junk", ["gateway", "10.0.0.0/33", "10.0.0.0/8 11.0.0.0/8", "*"])
def test_junk_among_the_proxies_is_named(settings: Any, junk: str) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", junk]

    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        trusted_networks()
