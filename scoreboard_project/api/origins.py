"""Origins: how a browser or a packaged app names the page that asks, and the list of those that may."""

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Self

DEFAULT_PORTS = {"http": "80", "https": "443"}
# Packaged apps have schemes and hosts of their own: capacitor://localhost, app://., chrome-extension://abcdef.
ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([^\s/?#@:;,'\[\]\\]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
HOST_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# Electron and old versions of Cordova send this for a page that is a file; browsers send null.
FILES = "file://"
WILDCARD = "*."
NO_ORIGINS = {
    "*": "would let every page in; name each origin, or a host's subdomains",
    "null": "would let every page in that runs in a sandbox",
}
HIGHEST_PORT = 65535


def normal_origin(text: str) -> str | None:
    """An Origin header in lower case, without a default port; None for `null` and whatever is not one."""
    lowered = text.strip().lower()
    if lowered == FILES:
        return FILES
    found = ORIGIN.fullmatch(lowered.rstrip("/"))
    return _joined(*found.groups()) if found else None


def normal_host(text: str) -> str:
    """A Host header in lower case, without a default port. A proxy that ends TLS may name either of the two."""
    lowered = text.strip().lower()
    return re.sub(r":(80|443)$", "", lowered)


def is_own_page(origin: str, host: str) -> bool:
    """Whether the page of an Origin header comes from the host of a Host header."""
    scheme, _, page_host = (normal_origin(origin) or "").partition("://")
    return scheme in DEFAULT_PORTS and page_host == normal_host(host)


def own_origins(hosts: Iterable[str], *, has_tls: bool) -> list[str]:
    """The origins of this server's own pages, for Django's check of forms, by the names in DJANGO_ALLOWED_HOSTS."""
    schemes = ("https",) if has_tls else ("https", "http")
    names = [name for host in hosts if host != "*" for name in _names(host)]
    return [f"{scheme}://{name}" for name in names for scheme in schemes]


def _names(host: str) -> tuple[str, ...]:
    """Django's `.board.example` stands for the host and its subdomains."""
    return (host[1:], f"*{host}") if host.startswith(".") else (host,)


def read_origin(text: str) -> str:
    """An entry of the list, as `normal_origin` names it; `https://*.game.example` stands for every subdomain.

    Raises ValueError, with a right value, for an entry that no Origin header can ever match.
    """
    entry = text.strip().lower()
    try:
        return _read(entry)
    except ValueError as error:
        # Before an @ there may be a password.
        shown = "An entry with an @" if "@" in text else repr(text[:80])
        raise ValueError(f"{shown} {error}. Write {_guess(entry)}") from None


class Origins:
    """The origins of a list."""

    def __init__(self, exact: Iterable[str], families: Iterable[tuple[str, str]]) -> None:
        self._exact = frozenset(exact)
        self._families = tuple(families)

    @classmethod
    def of(cls, entries: Iterable[str]) -> Self:
        """Those that `read_origin` gave."""
        parts = [entry.partition("*") for entry in entries]
        return cls(
            exact=(entry for entry, star, _ in parts if not star),
            families=((beginning, end) for beginning, star, end in parts if star),
        )

    def __contains__(self, origin: str) -> bool:
        """Whether an Origin header names one of them."""
        normal = normal_origin(origin)
        if normal is None:
            return False
        return normal in self._exact or any(
            normal.startswith(beginning) and normal.endswith(end) for beginning, end in self._families
        )


def _joined(scheme: str, host: str, port: str | None) -> str:
    number = "" if port is None or int(port) == int(DEFAULT_PORTS.get(scheme, -1)) else f":{int(port)}"
    return f"{scheme}://{host}{number}"


def _read(entry: str) -> str:
    """Raises ValueError, which says what is wrong."""
    if entry == FILES:
        return FILES
    found = ORIGIN.match(entry)
    if found is None:
        raise ValueError(NO_ORIGINS.get(entry, "is not an origin"))
    scheme, host, port = found.groups()
    if scheme in {"ws", "wss"}:
        raise ValueError("is a socket's address; the origin is that of the page, which begins with http")
    if entry[found.end() :] not in {"", "/"}:
        raise ValueError("is more than scheme, host and port")
    if port and not 0 < int(port) <= HIGHEST_PORT:
        raise ValueError(f"has a port that is not from 1 to {HIGHEST_PORT}")
    return _joined(scheme, _read_host(host, is_web=scheme in DEFAULT_PORTS), port)


def _read_host(host: str, *, is_web: bool) -> str:
    """The host as browsers write it."""
    if not host.isascii():
        raise ValueError("has a host that browsers send in ASCII")
    if not is_web:
        if "*" in host:
            raise ValueError("has a *, which only hosts of http and https may have")
        return host
    if host.startswith("["):
        return f"[{_address(IPv6Address, host[1:-1])}]"
    labels = host.removeprefix(WILDCARD).removesuffix(".").split(".")
    if host.startswith(WILDCARD) and len(labels) == 1 and labels != ["localhost"]:
        raise ValueError(f"stands for every host of {labels[0]}")
    if labels[-1].isdigit():
        return _address(IPv4Address, host)
    if not all(map(HOST_LABEL.fullmatch, labels)):
        raise ValueError("has a host that cannot exist; a * stands for the whole beginning of a host")
    return host


def _address(kind: type[IPv4Address | IPv6Address], text: str) -> str:
    try:
        return str(kind(text))
    except AddressValueError:
        raise ValueError("has an address that cannot exist") from None


def _guess(entry: str) -> str:
    """What was meant, where the scheme is missing or a socket's, or a user, a path or a * is too much."""
    packaged = ORIGIN.match(entry)
    if packaged and packaged[1] not in {"http", "https", "ws", "wss"}:
        return f"{packaged[1]}://{packaged[2].replace('*', 'localhost')}"
    if "*" in entry.replace(":*", ""):
        return "https://*.game.example"
    if entry in NO_ORIGINS:
        return "https://game.example"
    host = re.sub(r"^(((http|ws)s?:)?//?|https?:)?([^/]*@)?", "", entry).partition("/")[0]
    scheme = "http" if entry.startswith(("http:", "ws:", "localhost")) else "https"
    try:
        return _read(f"{scheme}://{_in_ascii(host.replace(':*', ':5173'))}")
    except ValueError:
        return "https://game.example"


def _in_ascii(host: str) -> str:
    """Raises ValueError."""
    return host if host.isascii() else host.encode("idna").decode("ascii")
