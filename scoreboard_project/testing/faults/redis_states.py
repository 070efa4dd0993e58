"""What can happen to a running Redis, each as something that begins and ends."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.faults.proxy import FaultProxy
from scoreboard_project.testing.servers.refusals import REFUSALS, refusing
from scoreboard_project.testing.waiting import wait_for

STEP_SECONDS = 0.2

State = Callable[[FaultProxy, Valkey], AbstractContextManager[object]]


@contextmanager
def hanging(proxy: FaultProxy, valkey: Valkey) -> Iterator[None]:
    proxy.blackhole()
    yield
    proxy.heal()


@contextmanager
def refusing_connections(proxy: FaultProxy, valkey: Valkey) -> Iterator[None]:
    proxy.refuse()
    yield
    proxy.heal()


@contextmanager
def severed(proxy: FaultProxy, valkey: Valkey) -> Iterator[None]:
    """Open connections died in silence; new ones work."""
    proxy.sever()
    yield


@contextmanager
def killed(proxy: FaultProxy, valkey: Valkey) -> Iterator[None]:
    """It comes back empty."""
    os.kill(valkey.daemon.pid, signal.SIGKILL)
    wait_for(lambda: not valkey.daemon.is_alive())
    yield
    valkey.start()
    # Our own client must find the new one too.
    redis.breaker.next_try_at = 0.0


@contextmanager
def flushed(proxy: FaultProxy, valkey: Valkey) -> Iterator[None]:
    valkey.flush()
    yield


@contextmanager
def without_scripts(proxy: FaultProxy, valkey: Valkey) -> Iterator[None]:
    """NOSCRIPT, again and again."""
    for _ in range(5):
        redis.execute("SCRIPT", "FLUSH")
        time.sleep(STEP_SECONDS)
    yield


@contextmanager
def unable_to_save(proxy: FaultProxy, valkey: Valkey) -> Iterator[None]:
    """MISCONF: the last dump failed, because its directory may not be written."""
    directory = valkey.socket.parent
    mode = directory.stat().st_mode
    directory.chmod(0o555)
    redis.execute("CONFIG", "SET", "save", "3600 1")
    redis.execute("BGSAVE")
    wait_for(lambda: redis.execute("INFO", "persistence")["rdb_last_bgsave_status"] == "err")
    yield
    redis.execute("CONFIG", "SET", "save", "")
    directory.chmod(mode)


@contextmanager
def evicting(proxy: FaultProxy, valkey: Valkey) -> Iterator[None]:
    """It throws keys away because its memory is full."""
    redis.execute("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
    for _ in range(5):
        redis.execute("CONFIG", "SET", "maxmemory", redis.execute("INFO", "memory")["used_memory"] - 20_000)
        time.sleep(STEP_SECONDS)
    yield
    redis.execute("CONFIG", "SET", "maxmemory", "0")
    redis.execute("CONFIG", "SET", "maxmemory-policy", "noeviction")


@contextmanager
def losing_keys(proxy: FaultProxy, valkey: Valkey) -> Iterator[None]:
    """Each key goes once, alone."""
    for key in redis.execute("KEYS", "*"):
        redis.execute("DEL", key)
        time.sleep(STEP_SECONDS / 4)
    yield


@contextmanager
def restored_from_an_old_dump(proxy: FaultProxy, valkey: Valkey) -> Iterator[None]:
    """Every key is as it was some time ago."""
    dump = {key: redis.execute("DUMP", key) for key in redis.execute("KEYS", "*")}
    time.sleep(5 * STEP_SECONDS)
    valkey.flush()
    for key, value in dump.items():
        if value is not None:
            redis.execute("RESTORE", key, 0, value, "REPLACE")
    yield


def _refusal(name: str) -> State:
    return lambda *_: refusing(name)


REDIS_STATES: Mapping[str, State] = {
    "hanging": hanging,
    "refusing connections": refusing_connections,
    "severed": severed,
    "killed": killed,
    "flushed": flushed,
    "NOSCRIPT": without_scripts,
    "MISCONF": unable_to_save,
    "evicting": evicting,
    "losing keys": losing_keys,
    "restored from an old dump": restored_from_an_old_dump,
    **{name: _refusal(name) for name in REFUSALS},
}
