"""One load test: starts everything, watches it, and judges each stage."""

import dataclasses
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.load import ledger, machine
from bench.load.clients import Client, ClientFailed, running
from bench.load.mix import BOARD, UPDATE
from bench.load.plan import Plan
from bench.load.samples import Times, merged
from bench.load.table import Measured
from bench.measures.usage import processor_seconds
from bench.topology.production import LIMITS_OFF, Topology

CONNECT_SECONDS = 120.0
READS = re.compile(r'^scoreboard_board_reads_total\{source="(\w+)"\} ([\d.e+]+)$', re.MULTILINE)
USAGE_SECONDS = 10.0
# Empty is the default: the servers have every limit that they have in production.
LIMITS_ON = dict.fromkeys(LIMITS_OFF, "")

Say = Callable[[str], None]


@dataclass
class Snapshot:
    """Counters at one moment."""

    hits: int
    misses: int
    cpu: dict[str, float]


@dataclass
class Result:
    """What a run found. `usage` has a line every ten seconds: `at`, `backends`, and each part's memory and files."""

    stages: list[Measured] = field(default_factory=list)
    usage: list[dict[str, Any]] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)
    recovery_seconds: list[int] = field(default_factory=list)


class Run:
    """A run on a topology that is ready and seeded."""

    def __init__(self, topology: Topology, plan: Plan, say: Say) -> None:
        self.topology, self.plan, self.say = topology, plan, say
        self.scenario = plan.scenario
        self.parts = topology.pids()
        self.result = Result()
        self.snapshots: dict[int, Snapshot] = {}
        self.seen = self.used_at = 0.0

    def go(self) -> Result:
        """Run the scenario to its end, then check ledger and ranks."""
        path = self.plan.save()
        events = ledger.count_events(self.topology)
        with running("bench.load.watchers", path) as watchers:
            self._await_sockets(watchers)
            with running("bench.load.players", path) as players:
                self.parts = {**self.topology.pids(), "users": [players.process.pid], "sockets": [watchers.process.pid]}
                self._follow(players, watchers)
            watchers.end()
            self._check(players, watchers, ledger.count_events(self.topology) - events)
            self.result.recovery_seconds = recovery_seconds(players.lines, [s.traffic for s in self.scenario.stages])
        return self.result

    def _await_sockets(self, watchers: Client) -> None:
        give_up_at = time.monotonic() + CONNECT_SECONDS
        while watchers.is_running and (not watchers.lines or watchers.lines[-1]["sockets"] < self.plan.sockets):
            if time.monotonic() > give_up_at:
                found = watchers.lines[-1] if watchers.lines else {}
                raise ClientFailed(f"Not all sockets could be opened in {CONNECT_SECONDS:.0f} s: {found}")
            time.sleep(0.1)
        self.say(f"{self.plan.sockets:,} sockets are subscribed.")

    def _follow(self, players: Client, watchers: Client) -> None:
        current = -1
        while players.is_running and watchers.is_running:
            time.sleep(0.2)
            if not players.lines or players.lines[-1]["second"] == self.seen:
                continue
            last = players.lines[-1]
            self.seen = last["second"]
            if last["stage"] != current:
                self._end_stage(current, players, watchers)
                current = last["stage"]
                self.snapshots[current] = self._snapshot()
                if self.scenario.stops_when_broken and self.result.stages and self.result.stages[-1].is_broken:
                    return
            self._note_usage()
            self._progress(last, watchers)
        self._end_stage(current, players, watchers)

    def _end_stage(self, index: int, players: Client, watchers: Client) -> None:
        if index < 0 or not self.scenario.stages[index].is_judged:
            return
        before, after = self.snapshots[index], self._snapshot()
        lines = [line for line in players.lines if line["stage"] == index]
        began, ended = lines[0]["at"] - 1, lines[-1]["at"]
        heard = [line for line in watchers.lines if began < line["at"] <= ended + 1]
        stage = measured(self.plan, index, lines, heard)
        stage.hits, stage.misses = after.hits - before.hits, after.misses - before.misses
        stage.cores = {part: (cpu - before.cpu.get(part, cpu)) / stage.seconds for part, cpu in after.cpu.items()}
        self.result.stages.append(stage)

    def _snapshot(self) -> Snapshot:
        reads: Counter[str] = Counter()
        for address in self.topology.api_addresses:
            connection = HTTPConnection(address, timeout=10)
            connection.request("GET", "/metrics")
            for source, count in READS.findall(connection.getresponse().read().decode()):
                reads[source] += int(float(count))
            connection.close()
        return Snapshot(reads["cache"], reads["postgresql"], processor_seconds(self.parts))

    def _note_usage(self) -> None:
        if time.monotonic() - self.used_at < USAGE_SECONDS:
            return
        self.used_at = time.monotonic()
        parts = machine.usage_by_part(self.parts)
        line = {part: dataclasses.asdict(usage) for part, usage in parts.items()}
        backends = ledger.count_backends(self.topology)
        self.result.usage.append({"at": self.seen, "backends": backends, "parts": line})

    def _progress(self, line: dict[str, Any], watchers: Client) -> None:
        times = merged(Times(counts) for counts in line["times"].values())
        heard = watchers.lines[-1]
        push = Times(heard["pushes"]).percentile(0.99)
        self.say(
            f"{self.seen:5.0f} s  {self.scenario.stages[line['stage']].name:12} {line['users']:6,} users "
            f"{times.counts.total():6,}/s  p95 {times.percentile(0.95):7.1f} ms  "
            f"{sum(line['failures'].values()):4,} failed  {heard['sockets']:,} sockets  push {push:5.0f} ms"
        )

    def _check(self, players: Client, watchers: Client, written: int) -> None:
        self.result.checks = ledger.check(self.topology)
        answered = sum(updates_in(line) for line in players.lines)
        missing = answered - written
        self.result.checks["every update that was answered is in the ledger"] = (
            f"{missing:,} are missing" if missing > 0 else ""
        )


def updates_in(line: dict[str, Any]) -> int:
    """The updates that were answered with success in this second."""
    failed: int = sum(count for name, count in line["failures"].items() if name.startswith(f"{UPDATE}:"))
    answered: int = sum(line["times"].get(UPDATE, {}).values())
    return answered - failed


def measured(plan: Plan, index: int, lines: list[dict[str, Any]], heard: list[dict[str, Any]]) -> Measured:
    """What the clients' lines of one stage say; counters of the servers are still to be filled in."""
    stage = plan.scenario.stages[index]
    by_kind: dict[str, Times] = {}
    for kind in {kind for line in lines for kind in line["times"]}:
        by_kind[kind] = merged(Times(line["times"].get(kind)) for line in lines)
    failures: Counter[str] = sum((Counter(line["failures"]) for line in lines), Counter())
    times = merged(by_kind.values())
    return Measured(
        name=stage.name,
        seconds=lines[-1]["at"] - lines[0]["at"] + 1,
        traffic=stage.traffic,
        asked_users=plan.users,
        asked_sockets=plan.sockets,
        users=min(line["users"] for line in lines),
        sockets=min((line["sockets"] for line in heard), default=0),
        requests=times.counts.total(),
        boards=by_kind.get(BOARD, Times()).counts.total(),
        updates=sum(updates_in(line) for line in lines),
        failed=failures.total(),
        times=times,
        pushes=merged(Times(line["pushes"]) for line in heard),
        pushes_lost=sum(line["lost"] for line in heard),
        hits=0,
        misses=0,
        failures=dict(failures),
    )


def recovery_seconds(lines: list[dict[str, Any]], traffic: list[float], target_ms: float = 100.0) -> list[int]:
    """For each drop of the traffic: the seconds until p95 was at or below the target."""
    found: list[int] = []
    dropped_at: int | None = None
    for before, line in pairwise(lines):
        if traffic[line["stage"]] < traffic[before["stage"]]:
            dropped_at = before["second"]
        times = merged(Times(counts) for counts in line["times"].values())
        if dropped_at is not None and times.percentile(0.95) <= target_ms and not line["failures"]:
            found.append(line["second"] - dropped_at)
            dropped_at = None
    return found


def prepare(topology: Topology, plan: Plan, say: Say) -> None:
    """Tokens and first scores for all users."""
    say(f"Issuing {plan.users + 1:,} tokens ...")
    tokens = "\n".join(topology.tokens(plan.users + 1))
    (Path(plan.directory) / "tokens.txt").write_text(tokens, encoding="ascii")
    say("Giving each user a score ...")
    ledger.seed(topology, plan.users)
