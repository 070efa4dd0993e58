"""Readers for environment variables that hold addresses. None of their messages quotes a password."""

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured
from redis import ConnectionPool, RedisError

from scoreboard_project.api.origins import read_origin
from scoreboard_project.env import read_list, read_secret, read_str
from scoreboard_project.runtime.redis_primary.place import each_first, read_place
from scoreboard_project.serving.base_path import read_path

HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
# What Django compares with the Host header. It never matches a name with an underscore or a dot at its end.
ALLOWED_HOST = re.compile(r"\*|\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f]*:[0-9A-Fa-f.:]+\]")
ESCAPES = "In a password write %23 for #, %2F for /, %3F for ? and %40 for @."
UNIX = "unix"
REDIS_SCHEMES = (
    *("redis://", "rediss://", "unix://"),
    *("redis+sentinel://", "rediss+sentinel://", "redis+cluster://", "rediss+cluster://"),
)
HIGHEST_DATABASE = 2**31 - 1


def read_redis_url(name: str, default: str) -> str:
    """A Redis address that redis-py understands as it is meant: it silently replaces some wrong parts by defaults.

    Raises ImproperlyConfigured, also for an option that redis-py does not know.
    """
    url = read_secret(name, default)
    if not url.startswith(REDIS_SCHEMES):
        raise ImproperlyConfigured(
            f"{name} must start with redis://, rediss:// (TLS) or unix://, such as redis://:password@host:6379/0, "
            "or with redis+sentinel:// or redis+cluster:// for several servers."
        )
    if not _is_redis(url):
        raise ImproperlyConfigured(f"{name} is not a valid Redis address, such as {_redis_example(url)}. {ESCAPES}")
    return url


def _is_redis(url: str) -> bool:
    if url.startswith("unix://"):
        parts = _split(url)
        return bool(parts and _is_socket_address(parts) and _redis_accepts(url))
    try:
        each = [one.url for one in each_first(read_place(url))] or [url]
    except ValueError:
        return False
    return all((parts := _split(one)) and _is_network_address(parts) and _redis_accepts(one) for one in each)


def _redis_example(url: str) -> str:
    scheme = url.partition("://")[0]
    host = "user:password@host"
    examples = {
        "unix": "unix:///run/valkey.sock?db=0",
        "sentinel": f"{scheme}://{host}:26379,other:26379/primary/0",
        "cluster": f"{scheme}://{host}:6379,other:6379",
    }
    return examples.get(scheme.rpartition("+")[2], f"redis://{host}:6379/0")


def read_http_url(name: str) -> str:
    """An http or https address, or "" if the variable is unset. Raises ImproperlyConfigured for anything else."""
    url = read_str(name)
    if not url:
        return ""
    parts = _split(url)
    if not parts or parts.scheme not in {"http", "https"} or "@" in parts.netloc or not _has_host(parts):
        raise ImproperlyConfigured(
            f"{name} must be an https:// address without user, password and #, such as https://issuer.example/jwks.json."
        )
    return url


def read_networks(name: str, *, may_be_unix: bool = True) -> list[str]:
    """IP addresses and networks, and `unix` for unix sockets. Raises ImproperlyConfigured for anything else."""
    if may_be_unix:
        example = "10.0.0.0/8,2001:db8::/32,unix"
        return _read_each(name, _is_network, "IP addresses or networks, or unix for unix sockets", example)
    return _read_each(name, _is_ip_network, "IP addresses or networks", "10.0.0.0/8,2001:db8::/32")


def read_hosts(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Host names for ALLOWED_HOSTS. Raises ImproperlyConfigured for a name that no Host header can match."""
    example = "scoreboard.example,.games.example,[2001:db8::1]"
    words = _read_each(name, _is_allowed_host, "host names without scheme, port and path", example)
    return words or list(default)


def read_origins(name: str) -> list[str]:
    """Origins of pages, in lower case. Raises ImproperlyConfigured for one that no Origin header can match."""
    try:
        return [read_origin(word) for word in read_list(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} has a bad value: {error}.") from None


def read_base_path(name: str) -> str:
    """The path below which the server answers, without a slash at its end. Raises ImproperlyConfigured."""
    try:
        return read_path(read_str(name))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} has a bad value: {error}.") from None


def _read_each(name: str, is_valid: Callable[[str], bool], what: str, example: str) -> list[str]:
    words = read_list(name)
    for word in words:
        if not is_valid(word):
            # Before an @ there may be a password.
            shown = "" if "@" in word else f", not {word[:80]!r}"
            raise ImproperlyConfigured(f"{name} must be {what}, separated by commas, such as {example}{shown}.")
    return words


def _split(url: str) -> SplitResult | None:
    """The parts of an address, or None if it has a blank, a control character, a fragment or a port that is not one."""
    if not url.isprintable() or " " in url or "#" in url:
        return None
    try:
        parts = urlsplit(url)
        has_port_0 = parts.port == 0
    except ValueError:
        return None
    return None if has_port_0 else parts


def _has_host(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    return _is_address(host.partition("%")[0]) if ":" in host else bool(HOST_NAME.fullmatch(host))


def _is_network_address(parts: SplitResult) -> bool:
    return bool(_has_host(parts) and re.fullmatch("(/[0-9]*)?", parts.path) and "@" not in parts.query)


def _is_socket_address(parts: SplitResult) -> bool:
    has_host = bool(parts.netloc.rpartition("@")[2])
    return parts.path.startswith("/") and not has_host and "@" not in parts.query


def _redis_accepts(url: str) -> bool:
    """Whether redis-py can make a connection from it. It does not connect."""
    try:
        pool = ConnectionPool.from_url(url)
        pool.make_connection()
    except (ValueError, TypeError, RedisError):
        return False
    return 0 <= int(pool.connection_kwargs.get("db", 0)) <= HIGHEST_DATABASE


def _is_allowed_host(text: str) -> bool:
    return bool(ALLOWED_HOST.fullmatch(text))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    return text == UNIX or _is_ip_network(text)


def _is_ip_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
