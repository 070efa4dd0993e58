"""One of the servers that are measured in turn."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Participant:
    """`addresses` are `host:port` of each of its HTTP processes; `pids` the first process of each part."""

    name: str
    addresses: list[str]
    pids: dict[str, list[int]]
