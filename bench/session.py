"""One session: every load on every server, in turn."""

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from json import dumps
from pathlib import Path

from bench.measures.pgbench import load_pgbench
from bench.measures.run import Run
from bench.measures.sockets import load_sockets
from bench.measures.usage import resident_mib
from bench.measures.wrk import LoadError, load
from bench.report.figures import Results
from bench.topology.empty import running_empty
from bench.topology.participant import Participant
from bench.topology.peer import running_peer
from bench.topology.production import Topology, production_topology
from bench.topology.stores import running_stores

PROCESSES = 2
READS = ("page", "user", "around", "history", "daily")
MEASURES = ("update", "empty", "board", *READS, "batch", "sockets")
BATCH_USERS = 1000
GATEWAY_CONNECTIONS = 32


@dataclass(frozen=True)
class Plan:
    """How much is measured. `batches` are pairs of actions in a batch and connections; `measures` are of MEASURES."""

    connections: tuple[int, ...] = (1, 8, 32, 128)
    batches: tuple[tuple[int, int], ...] = ((1, 8), (10, 8), (100, 1), (100, 8), (100, 32), (100, 128), (1000, 8))
    users: int = 3000
    runs: int = 3
    seconds: float = 3.0
    measures: frozenset[str] = frozenset(MEASURES)


MAIN = frozenset(MEASURES) - {"history", "daily"}
QUICK = Plan(connections=(32,), batches=((100, 8),), users=1000, runs=2, seconds=2.0, measures=MAIN)
Load = Callable[..., Run]
Say = Callable[[str], None]


class Session:
    """The servers, ready, with users on their boards."""

    def __init__(self, topology: Topology, others: dict[str, Participant], pgbench_url: str, plan: Plan) -> None:
        self.topology, self.others, self.pgbench_url, self.plan = topology, others, pgbench_url, plan
        self.folder = topology.stores.directory
        self.tokens = topology.tokens(plan.users)
        self.token_file = self._file("tokens", self.tokens)
        server_token = topology.server_token()
        self.server_file = self._file("server-token", [server_token])
        self._fill(server_token)
        pids = topology.pids()
        self.ours = Participant("scoreboard", topology.api_addresses, pids)
        self.gateways = [Participant("gateway", [topology.gateway_address], pids)] if topology.gateway_address else []

    def loads(self) -> Iterator[tuple[str, int, dict[str, Load]]]:
        """Those of the plan: measure, number of connections, and the load of each server that takes part."""
        return (load for load in self._all_loads() if load[0].partition("-")[0] in self.plan.measures)

    def _all_loads(self) -> Iterator[tuple[str, int, dict[str, Load]]]:
        for connections in self.plan.connections:
            pgbench = {"pgbench": partial(load_pgbench, self.pgbench_url, self.folder)}
            yield "update", connections, self._compared("update", connections) | pgbench
        for connections in self.plan.connections:
            yield "empty", connections, {"empty": self._http(self.others["empty"], "board")}
            yield "board", connections, self._compared("board", connections)
        for measure in READS:
            for connections in self.plan.connections:
                yield measure, connections, {"scoreboard": self.load_of(measure)}
        for size, connections in self.plan.batches:
            yield f"batch-{size}", connections, {"scoreboard": self.load_of(f"batch-{size}")}
        for connections in self.plan.connections:
            yield "sockets", connections, {"scoreboard": self.load_of("sockets")}

    def _compared(self, measure: str, connections: int) -> dict[str, Load]:
        """Our processes, the peer, and our processes behind the gateway."""
        servers = [self.ours, *(each for name, each in self.others.items() if name == "peer")]
        if connections == GATEWAY_CONNECTIONS:
            servers += self.gateways
        return {server.name: self._http(server, measure) for server in servers}

    def warm_up(self) -> None:
        """Let every server see the tokens once."""
        for server in (self.ours, *(each for name, each in self.others.items() if name != "empty")):
            self._http(server, "update")(connections=32, seconds=2)

    def load_of(self, measure: str) -> Load:
        """The load of our server for one measure."""
        if measure == "sockets":
            return partial(load_sockets, self.topology, self.tokens)
        return self._http(self.ours, measure)

    def _http(self, participant: Participant, measure: str) -> Load:
        tokens = self.server_file if measure.startswith("batch-") else self.token_file
        return partial(load, participant, measure, tokens)

    def _file(self, name: str, lines: list[str]) -> Path:
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="ascii")
        return path

    def _fill(self, token: str) -> None:
        """Give each user an action, so that there are pages to read."""
        users = [f"bench-{number}" for number in range(self.plan.users)]
        for first in range(0, len(users), BATCH_USERS):
            actions = [
                {"userId": user, "requestId": f"fill-{user}", "actionType": "BOSS_DEFEAT", "metadata": {}}
                for user in users[first : first + BATCH_USERS]
            ]
            request = urllib.request.Request(
                f"{self.topology.gateway_url}/api/v1/scores/batch",
                method="POST",
                data=dumps({"actions": actions}).encode(),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request) as answer:
                answer.read()


@contextmanager
def starting_session(plan: Plan, peer: Path | None, *, gateway: bool) -> Iterator[Session]:
    """All servers, until the block ends."""
    with ExitStack() as started:
        stores = started.enter_context(running_stores())
        topology = started.enter_context(production_topology(api_processes=PROCESSES, stores=stores, gateway=gateway))
        pgbench_url = stores.make_database("pgbench")
        topology.prepare_database(pgbench_url)
        others = {"empty": started.enter_context(running_empty(topology, processes=PROCESSES))}
        if peer:
            others["peer"] = started.enter_context(running_peer(peer, stores, processes=PROCESSES))
        yield Session(topology, others, pgbench_url, plan)


def measure(session: Session, results: Results, say: Say) -> None:
    """Run everything, and add it to the results. Within a turn every server has its run.

    Of a load whose requests failed, or were too few to have been answered in time, there are no figures.
    """
    results.memory["before the load"] = resident_mib(session.topology.pids())
    session.warm_up()
    for name, connections, servers in session.loads():
        say(f"{name}, {connections} connections: {', '.join(servers)}")
        try:
            for _ in range(session.plan.runs):
                for server, one in servers.items():
                    results.add(name, connections, server, one(connections=connections, seconds=session.plan.seconds))
        except LoadError as error:
            results.leave_out(name, connections)
            say(f"Left out: {error}")
    results.memory["after the load"] = resident_mib(session.topology.pids())
