"""Where a request came from: the client's address and scheme, and its user agent as score events store it."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

Network = IPv4Network | IPv6Network
# In TRUSTED_PROXIES: a peer that comes through a unix socket and so has no address.
UNIX = "unix"
# Some proxies add the port: 192.0.2.7:4711, [2001:db8::7]:4711.
PORT = re.compile(r"^([0-9.]+|\[[^\]]+\]):[0-9]+$")
# A household usually has a whole /64, and so has an attacker.
IPV6_PREFIX = 64
MAX_USER_AGENT_LENGTH = 512
# Django reads this header from any peer if SECURE_PROXY_SSL_HEADER names it.
SCHEME_HEADER = "HTTP_X_FORWARDED_PROTO"


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(proxy, strict=False) for proxy in proxies if proxy != UNIX)
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from error


def trusted_networks() -> tuple[Network, ...]:
    """The networks of TRUSTED_PROXIES. Raises ImproperlyConfigured if an entry is not an address or a network."""
    return _networks(tuple(settings.TRUSTED_PROXIES))


def client_address(peer: str, forwarded_for: str = "") -> str:
    """The peer's address or, behind trusted proxies, the right-most untrusted address of X-Forwarded-For.

    Empty when the peer has no IP address (a unix socket) and TRUSTED_PROXIES does not name `unix`, or nobody was
    forwarded.
    """
    address = _normal(peer)
    if not settings.TRUSTED_PROXIES:
        return address
    networks = trusted_networks()
    if not _is_trusted_peer(address, networks):
        return address
    for hop in reversed(forwarded_for.split(",")):
        forwarded = _normal(hop.strip())
        if not forwarded:
            return address
        address = forwarded
        if not _is_trusted(address, networks):
            return address
    return address


def client_block(meta: Mapping[str, str]) -> str:
    """What limits per address count: the client's IPv4 address, or the /64 network of its IPv6 address.

    `meta` are WSGI's headers (`REMOTE_ADDR`, `HTTP_X_FORWARDED_FOR`).
    """
    address = client_address(meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""))
    return str(ip_network(f"{address}/{IPV6_PREFIX}", strict=False)) if ":" in address else address


def has_trusted_peer(peer: str) -> bool:
    """Whether the peer is a proxy whose X-Forwarded-Proto counts."""
    return _is_trusted_peer(_normal(peer), trusted_networks())


class ForwardedSchemeMiddleware:
    """Removes X-Forwarded-Proto unless a trusted proxy sent it. Otherwise any client could claim to use HTTPS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SCHEME_HEADER in request.META and not has_trusted_peer(request.META.get("REMOTE_ADDR", "")):
            del request.META[SCHEME_HEADER]
        return self.get_response(request)


def is_in_networks(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address as `client_address` gives it is in one of them. An empty one is in none."""
    return _is_trusted(address, _networks(networks))


def _is_trusted_peer(address: str, networks: tuple[Network, ...]) -> bool:
    return _is_trusted(address, networks) if address else UNIX in settings.TRUSTED_PROXIES


@lru_cache(maxsize=4096)
def _normal(text: str) -> str:
    try:
        address = ip_address(PORT.sub(r"\1", text).strip("[]"))
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address).partition("%")[0]


def _is_trusted(address: str, networks: tuple[Network, ...]) -> bool:
    return bool(address) and any(ip_address(address) in network for network in networks)


def stored_user_agent(header: str) -> str:
    """A User-Agent header, cut to length and without NUL, which PostgreSQL cannot store."""
    return header[:MAX_USER_AGENT_LENGTH].replace("\0", "")
