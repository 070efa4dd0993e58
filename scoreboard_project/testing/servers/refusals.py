"""Ways to make a running Redis refuse what we need, and to undo that."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from scoreboard_project.runtime.redis import redis

Commands = Sequence[tuple[str, ...]]

# The commands that begin and end each refusal.
REFUSALS: Mapping[str, tuple[Commands, Commands]] = {
    "no replica": (
        [("CONFIG", "SET", "min-replicas-to-write", "1")],
        [("CONFIG", "SET", "min-replicas-to-write", "0")],
    ),
    "no memory": ([("CONFIG", "SET", "maxmemory", "1")], [("CONFIG", "SET", "maxmemory", "0")]),
    "read-only": ([("REPLICAOF", "127.0.0.1", "1")], [("REPLICAOF", "NO", "ONE")]),
    # A script then does a part of its work.
    "no HSET": ([("ACL", "SETUSER", "default", "-hset")], [("ACL", "SETUSER", "default", "+@all")]),
    "no ZADD": ([("ACL", "SETUSER", "default", "-zadd")], [("ACL", "SETUSER", "default", "+@all")]),
    "no INCR": ([("ACL", "SETUSER", "default", "-incr")], [("ACL", "SETUSER", "default", "+@all")]),
    "no GETDEL and LPOP": (
        [("ACL", "SETUSER", "default", "-getdel", "-lpop")],
        [("ACL", "SETUSER", "default", "+@all")],
    ),
}


@contextmanager
def refusing(name: str = "no replica") -> Iterator[None]:
    """Let Redis refuse within the block."""
    begin, end = REFUSALS[name]
    for words in begin:
        redis.execute(*words)
    try:
        yield
    finally:
        for words in end:
            redis.execute(*words)
