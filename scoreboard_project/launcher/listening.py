"""Where `script/server` listens, and the host names by which others reach it there."""

import errno
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress

from scoreboard_project.embedded.failure import EmbeddedError

BACKLOG = 2048
LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = ("localhost", LOOPBACK, "[::1]")
EVERY_ADDRESS = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 (the bound address, and where to reach it)
# Addresses for documentation (RFC 5737, RFC 3849): nothing is sent to them.
ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
HOST_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\]")
PORT_PROBLEMS = {errno.EADDRINUSE, errno.EACCES}


def chosen_host(option: str | None) -> str:
    """`--host`, or HOST, or the loopback address. A HOST that is not an address is ignored: conda sets one."""
    host = (option or os.environ.get("HOST", "")).strip().strip("[]")
    if option or not host or _is_known(host):
        return host or LOOPBACK
    print(
        f"scoreboard: HOST={host!r} is not an address and is ignored. Listening on {LOOPBACK}; --host chooses another.",
        file=sys.stderr,
        flush=True,
    )
    return LOOPBACK


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: from now on no other program can take the port. On `::` it serves IPv4 too.

    Raises EmbeddedError if the port is not free or the host is not an address of this machine.
    """
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = min(addresses, key=lambda found: found[0] != socket.AF_INET)
        both = host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=both)
    except (OSError, UnicodeError) as error:
        raise EmbeddedError(f"Cannot listen on {host} port {port}: {_reason(error)}") from error


def allowed_hosts(host: str) -> str:
    """DJANGO_ALLOWED_HOSTS for a development server on `host`: the names by which other machines reach it, too."""
    names = [*LOOPBACK_NAMES, *(_own_names() if host in EVERY_ADDRESS else [_in_a_url(host)])]
    valid = (name for name in map(str.lower, names) if HOST_NAME.fullmatch(name))
    return ",".join(dict.fromkeys(valid))


def _own_names() -> Iterator[str]:
    name = socket.gethostname()
    yield from (name, f"{name}.local")
    with suppress(OSError):
        yield from (_in_a_url(str(found[4][0])) for found in socket.getaddrinfo(name, None))
    for family, address in ELSEWHERE:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as client:
            client.connect((address, 9))
            yield _in_a_url(client.getsockname()[0])


def _in_a_url(host: str) -> str:
    return f"[{host.partition('%')[0]}]" if ":" in host else host


def _is_known(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return False


def _reason(error: OSError | UnicodeError) -> str:
    number = error.errno if isinstance(error, OSError) else None
    text = os.strerror(number) if number and number > 0 else getattr(error, "strerror", "It is not a host name")
    if number in PORT_PROBLEMS:
        return f"{text}. Choose another port with PORT."
    return f"{text}. Choose an address of this machine with HOST or --host, such as {LOOPBACK}."
