"""Where Redis is: one server, or several of which Sentinels or a Cluster know the primary.

In a Cluster all our keys are in one slot, so that one primary has them all: the rank index of a board is one value that
cannot be split, and a write to it drops the board's cached pages in the same step. The Cluster is for availability.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from redis.crc import key_slot

SENTINEL, CLUSTER = "sentinel", "cluster"
Address = tuple[str, int]


@dataclass(frozen=True)
class RedisPlace:
    """`url` has the options of each connection; `nodes` are who is asked for the primary. Without nodes it is `url`'s.

    `name` is that of the primary for Sentinels; a Cluster has none.
    """

    url: str
    nodes: tuple[Address, ...] = ()
    name: str = ""

    @property
    def question(self) -> tuple[str, ...]:
        """The command that asks a node."""
        return ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.name) if self.name else ("CLUSTER", "SLOTS")

    def answered(self, answer: Any, prefix: str) -> Address | None:  # noqa: ANN401 - as Redis sends it
        """The primary for keys with this prefix. None if the node knows of none."""
        if self.name:
            return (_text(answer[0]), int(answer[1])) if answer else None
        slot = key_slot(prefix.encode())
        owners = [shard[2] for shard in answer if shard[0] <= slot <= shard[1]]
        return (_text(owners[0][0]), int(owners[0][1])) if owners else None

    def key_prefix(self, prefix: str) -> str:
        """The prefix that puts all keys into one slot of a Cluster."""
        return f"{{{prefix}}}" if self.nodes and not self.name else prefix


def read_place(url: str) -> RedisPlace:
    """Of redis+sentinel://user:password@host:26379,host:26379/NAME/0 or redis+cluster://host:6379,host:6379, or else of
    any address that redis-py knows. rediss+… is with TLS. Raises ValueError.
    """
    scheme, kind = _kind(url)
    if not kind:
        return RedisPlace(url)
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    nodes = tuple(_nodes(hosts))
    name, _slash, database = parts.path.removeprefix("/").partition("/")
    if kind == CLUSTER:
        name, database = "", name
        if database not in {"", "0"}:
            raise ValueError("a Cluster has one database")
    elif not name:
        raise ValueError("the name of the primary is missing")
    first = hosts.split(",")[0]
    query = f"?{parts.query}" if parts.query else ""
    return RedisPlace(f"{scheme}://{login}{at}{first}/{database}{query}", nodes, name)


def _kind(url: str) -> tuple[str, str]:
    """The scheme that redis-py knows, and the kind of several servers."""
    scheme, plus, kind = url.partition("://")[0].partition("+")
    if plus and kind not in {SENTINEL, CLUSTER}:
        raise ValueError(f"+{kind} is unknown")
    return scheme, kind


def _nodes(hosts: str) -> Iterator[Address]:
    for host in hosts.split(","):
        parts = urlsplit(f"//{host}")
        if not (parts.hostname and parts.port):
            raise ValueError("each host needs a port")
        yield parts.hostname, parts.port


def each_first(place: RedisPlace) -> Iterator[RedisPlace]:
    """The place as each of its nodes alone would be written, to check each address."""
    parts = urlsplit(place.url)
    login, at, _host = parts.netloc.rpartition("@")
    for host, port in place.nodes:
        shown = f"[{host}]" if ":" in host else host
        yield replace(place, url=parts._replace(netloc=f"{login}{at}{shown}:{port}").geturl())


def connection_options(place: RedisPlace, classes: Mapping[str, type]) -> dict[str, Any]:
    """What a connection pool needs besides the address, to follow the primary."""
    if not place.nodes:
        return {}
    return {"connection_class": classes[urlsplit(place.url).scheme], "place": place}


def _text(word: bytes | str) -> str:
    return word.decode() if isinstance(word, bytes) else word
