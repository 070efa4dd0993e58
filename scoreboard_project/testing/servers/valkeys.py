"""Several real Valkeys on ports of this machine: a primary with a replica and Sentinels, or a Cluster."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from random import randrange
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from scoreboard_project.embedded.wheels import VALKEY_SERVER, valkey_install
from scoreboard_project.testing.servers.api_server import ROOT
from scoreboard_project.testing.waiting import wait_for

NOTHING_ON_DISK = ("--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0")
SLOTS = 16384


def low_port() -> int:
    """A free port that the kernel gives to no client; a Cluster also takes the one 10,000 above it."""
    for _ in range(100):
        port = randrange(10_000, 20_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


class Server:
    """A Valkey that was started; `client` talks to it, and to no other."""

    def __init__(self, command: Callable[[int], Sequence[str]], **environment: str) -> None:
        self.port = low_port()
        self.address = f"127.0.0.1:{self.port}"
        self.client: Any = Redis(port=self.port, socket_timeout=5, decode_responses=True)
        path = f"{valkey_install()}:{os.environ['PATH']}"
        variables = {**os.environ, "PATH": path, "SENTINEL_PORT": str(self.port), **environment}
        self._process = subprocess.Popen(command(self.port), stdout=subprocess.DEVNULL, env=variables)
        wait_for(self._answers)

    def _answers(self) -> bool:
        with suppress(RedisError):
            return bool(self.client.ping())
        return False

    def kill(self) -> None:
        """As a machine that is gone; also at the end of a test."""
        self.client.close()
        self._process.kill()
        self._process.wait()


@contextmanager
def with_sentinels(directory: Path) -> Iterator[tuple[str, Server]]:
    """The address for REDIS_URL, and the primary. A replica takes over two to three seconds after it is gone."""
    with ExitStack() as ends:
        primary = _started(ends, directory / "primary", *NOTHING_ON_DISK)
        replica_of = ("--replicaof", f"127.0.0.1 {primary.port}")
        replica = _started(ends, directory / "replica", *NOTHING_ON_DISK, *replica_of)
        wait_for(lambda: replica.client.info("replication")["master_link_status"] == "up")
        sentinels = [_sentinel(ends, directory, primary) for _ in range(3)]
        for sentinel in sentinels:
            wait_for(partial(_knows_all, sentinel))
        yield f"redis+sentinel://{','.join(each.address for each in sentinels)}/board/0", primary


def _started(ends: ExitStack, directory: Path, *options: str) -> Server:
    directory.mkdir()
    there = ("--bind", "127.0.0.1", "--dir", str(directory))
    found = Server(lambda port: (VALKEY_SERVER, *options, "--port", str(port), *there))
    ends.callback(found.kill)
    return found


def _sentinel(ends: ExitStack, directory: Path, primary: Server) -> Server:
    """As compose starts it."""
    script = ROOT / "deploy" / "valkey" / "sentinel.sh"
    found = Server(lambda _port: (str(script),), PRIMARY=f"127.0.0.1 {primary.port}", TMPDIR=str(directory))
    ends.callback(found.kill)
    return found


def _knows_all(sentinel: Server) -> bool:
    found = sentinel.client.sentinel_master("board")
    counts: tuple[int, int] = (found["num-slaves"], found["num-other-sentinels"])
    return counts == (1, 2)


@contextmanager
def cluster(directory: Path, key_prefix: str) -> Iterator[tuple[str, Server]]:
    """The address for REDIS_URL, and the primary of our keys: one of three, with a replica that takes over from it."""
    options = (*NOTHING_ON_DISK, "--cluster-enabled", "yes", "--cluster-node-timeout", "1000")
    with ExitStack() as ends:
        nodes = [_started(ends, directory / f"node-{number}", *options) for number in range(4)]
        primaries, replica = nodes[:3], nodes[3]
        for number, node in enumerate(primaries):
            first, last = SLOTS * number // 3, SLOTS * (number + 1) // 3 - 1
            node.client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
        for node in nodes[1:]:
            node.client.execute_command("CLUSTER", "MEET", "127.0.0.1", nodes[0].port)
        for node in nodes:
            wait_for(partial(_knows_the_others, node))
        slot = primaries[0].client.execute_command("CLUSTER", "KEYSLOT", f"{{{key_prefix}}}")
        owner = primaries[slot * 3 // SLOTS]
        replica.client.execute_command("CLUSTER", "REPLICATE", owner.client.execute_command("CLUSTER", "MYID"))
        wait_for(lambda: replica.client.info("replication").get("master_link_status") == "up")
        yield f"redis+cluster://{','.join(each.address for each in nodes)}", owner


def _knows_the_others(node: Server) -> bool:
    info = node.client.execute_command("CLUSTER INFO")
    return (info["cluster_state"], info["cluster_known_nodes"]) == ("ok", "4")
