"""The production topology on this machine: API processes, a live process, a worker, PostgreSQL, Valkey, the gateway.

with production_topology(api_processes=2, environment={"SCORE_UPDATES_PER_MINUTE": "100"}) as topology:
    send(topology.gateway_url + "/api/v1/scoreboard", token=topology.tokens(1)[0])
"""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

from bench.topology.gateway import starting_gateway, write_gateway
from bench.topology.processes import Server, StartError, answers, free_port, starting
from bench.topology.stores import Stores, running_stores

PROJECT = Path(__file__).resolve().parents[2]
APPLICATION = "scoreboard_project.asgi:application"
LIVE_PATH = "/ws/v1/scoreboard/live"
# The limits would be measured instead of the servers: all of the load comes from one address.
LIMITS_OFF = {
    "SCORE_UPDATES_PER_MINUTE": "0",
    "BATCH_CALLS_PER_MINUTE": "0",
    "LIVE_SOCKETS_PER_USER": "0",
    "LIVE_SOCKETS_PER_ADDRESS": "0",
    "LIVE_MAX_SOCKETS": "0",
    "LIVE_MESSAGES_PER_10_SECONDS": "0",
}
# TLS ends before the gateway. Our processes must believe only the gateway about addresses.
PRODUCTION = {
    "SCOREBOARD_ENVIRONMENT": "production",
    "SCOREBOARD_TLS": "false",
    "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
    "JWT_ISSUER": "scoreboard",
    "JWT_AUDIENCE": "scoreboard",
    "TRUSTED_PROXIES": "127.0.0.1",
    "LOG_LEVEL": "warning",
}


@dataclass(frozen=True)
class Source:
    """A source tree, and the Python that has its packages."""

    tree: Path = PROJECT
    python: str = sys.executable

    def command(self, application: str = APPLICATION) -> list[str]:
        """What the image of the tree runs, as a Python module. `application` stands in for ours, on uvicorn's HTTP."""
        text = (self.tree / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
        words: list[str] = json.loads(re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)[-1])
        if application != APPLICATION:
            words = [re.sub("^--http=.*", "--http=httptools", word.replace(APPLICATION, application)) for word in words]
        return [self.python, "-m", *words]


OURS = Source()


@dataclass
class Topology:
    """What runs, and where: `host:port` of each process. `gateway_address` is "" without a gateway.

    `environment` has the variables of the processes, for `manage.py` and the like; `folder` has their logs.
    """

    stores: Stores
    source: Source
    environment: dict[str, str]
    api_addresses: list[str]
    live_addresses: list[str]
    gateway_address: str
    folder: Path
    own_pids: dict[str, list[int]] = field(default_factory=dict)

    @property
    def gateway_url(self) -> str:
        """Where clients send requests: the gateway, or without one the first API process. No slash at the end."""
        return f"http://{self.gateway_address or self.api_addresses[0]}"

    @property
    def live_url(self) -> str:
        """The address of the live board: at the gateway, or without one at the first live process."""
        return f"ws://{self.gateway_address or self.live_addresses[0]}{LIVE_PATH}"

    def tokens(self, count: int) -> list[str]:
        """Bearer tokens of the users bench-0, bench-1, …, valid for a day. A thousand take about two seconds."""
        return self._issue(str(count))

    def server_token(self) -> str:
        """The bearer token of a game server, which may send batches for all users."""
        return self._issue("1", "--scope=scores:write:any")[0]

    def pids(self) -> dict[str, list[int]]:
        """The first process of each part: api, live, worker, gateway, postgresql, valkey. Some have children."""
        return {**self.own_pids, **self.stores.pids()}

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run `manage.py` of the tree. Returns what it printed."""
        return self._run(self.source, str(self.source.tree / "manage.py"), *arguments, **environment)

    def prepare_database(self, url: str) -> None:
        """Make the tables and the partitions."""
        self.manage("migrate", "--noinput", "--verbosity=0", DATABASE_URL=url)
        self.manage("maintain_partitions", DATABASE_URL=url)

    def _issue(self, *arguments: str) -> list[str]:
        return self._run(OURS, "-m", "bench.topology.tokens", *arguments).split()

    def _run(self, source: Source, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            [source.python, *arguments],
            cwd=source.tree,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartError(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout


@contextmanager
def production_topology(
    *,
    api_processes: int = 2,
    gateway: bool = True,
    worker: bool = True,
    gateway_limits: bool = False,
    environment: Mapping[str, str] | None = None,
    stores: Stores | None = None,
    name: str = "production",
    source: Source = OURS,
) -> Iterator[Topology]:
    """Everything, ready, until the block ends; on free ports of the loopback address, with data of its own.

    All limits are off, and the servers log warnings only, unless `environment` (the settings of docs/settings.md) says
    otherwise; `gateway_limits` keeps the gateway's limit of reads for each address. `stores` are shared with other
    topologies, each with another `name` for its database and its keys; without them it starts its own.
    Raises StartError, or MissingTool without nginx.
    """
    with ExitStack() as started:
        _allow_many_files()
        stores = stores or started.enter_context(running_stores())
        folder = stores.directory / name
        folder.mkdir(exist_ok=True)
        variables = {**_inherited(), **stores.variables, **PRODUCTION, **LIMITS_OFF, **(environment or {})}
        variables |= {"DATABASE_URL": stores.make_database(name), "REDIS_KEY_PREFIX": name, "STATIC_ROOT": str(folder)}
        ports = [free_port() for _ in range(api_processes + 2)]
        addresses = [f"127.0.0.1:{port}" for port in ports]
        api, live, (last,) = addresses[:api_processes], addresses[-2:-1], addresses[-1:]
        topology = Topology(stores, source, variables, api, live, last if gateway else "", folder)
        topology.prepare_database(variables["DATABASE_URL"])
        servers = {
            part: [started.enter_context(_starting_server(topology, folder, address)) for address in addresses]
            for part, addresses in (("api", api), ("live", live))
        }
        if gateway:
            deployed = source.tree / "deploy" / "nginx"
            conf = write_gateway(deployed, folder, address=last, api=api, live=live, limits=gateway_limits)
            servers["gateway"] = [started.enter_context(starting_gateway(conf, last))]
        if worker:
            servers["worker"] = [started.enter_context(_starting_worker(topology, folder))]
        for server in chain(*servers.values()):
            server.await_ready()
        topology.own_pids = {part: [server.pid for server in found] for part, found in servers.items()}
        yield topology


@contextmanager
def _starting_server(topology: Topology, folder: Path, address: str) -> Iterator[Server]:
    command = [*topology.source.command(), f"--port={address.rpartition(':')[2]}"]
    log = folder / f"{address}.log"
    is_ready = partial(answers, address, "/readyz", without=b"degraded")
    with starting(command, topology.environment, folder=topology.source.tree, log=log, is_ready=is_ready) as server:
        yield server


@contextmanager
def _starting_worker(topology: Topology, folder: Path) -> Iterator[Server]:
    """Nobody waits for the worker, so it is ready at once."""
    command = [topology.source.python, "manage.py", "work"]
    log = folder / "worker.log"
    with starting(command, topology.environment, folder=topology.source.tree, log=log, is_ready=lambda: True) as server:
        yield server


def _inherited() -> dict[str, str]:
    """Our own environment without settings: those of a developer's shell must not change what is measured."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "TZ") if name in os.environ}


def _allow_many_files() -> None:
    """Let this process and the servers that inherit it open as many sockets as the system allows."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
