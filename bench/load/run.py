"""One load test: starts everything, watches it, and judges each stage."""

import dataclasses
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from bench.load import ledger, machine
from bench.load.clients.process import Client, ClientFailed, running
from bench.load.judging import Line, by_second, measured, recovery_seconds, times_of, updates_in
from bench.load.plan import Plan
from bench.load.result import Result
from bench.load.samples import Times
from bench.measures.usage import machine_seconds, processor_seconds
from bench.topology.gateway import LOG, gateway_problems
from bench.topology.production import LIMITS_OFF, Topology

CONNECT_SECONDS = 120.0
# An overloaded server answers late.
ANSWER_SECONDS = 60.0
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
    machine: float
    at: float


class Run:
    """A run on a topology that is ready, whose users have tokens and scores."""

    def __init__(self, topology: Topology, plan: Plan, say: Say) -> None:
        self.topology, self.plan, self.say = topology, plan, say
        self.scenario = plan.scenario
        self.parts = topology.pids()
        self.result = Result(is_stress=plan.scenario.stops_when_broken)
        self.snapshots: dict[int, Snapshot] = {}
        self.seen = self.used_at = 0.0

    def go(self, tokens: list[str]) -> Result:
        """Run the scenario to its end, then check ledger and ranks."""
        path = self.plan.save(tokens)
        events, before = ledger.count_events(self.topology), self._gateway_problems()
        with running("bench.load.clients.watchers", path) as watchers:
            self._await_sockets(watchers)
            with running("bench.load.clients.players", path) as players:
                self.parts = {**self.topology.pids(), "users": [players.process.pid], "sockets": [watchers.process.pid]}
                self._follow(players, watchers)
            watchers.end()
            self._check(players, watchers, ledger.count_events(self.topology) - events)
        self.result.gateway_problems = dict(self._gateway_problems() - before)
        lines = lines_of(players)
        self.result.recovery_seconds = recovery_seconds(lines, [stage.traffic for stage in self.scenario.stages])
        self.result.seconds = by_second(self.plan, lines, watchers.lines)
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
        current: int | None = None
        while players.is_running and watchers.is_running:
            time.sleep(0.2)
            last: Line = players.lines[-1] if players.lines else {"second": self.seen}
            if last.get("second") == self.seen:
                continue
            if last["stage"] is None:
                break
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

    def _end_stage(self, index: int | None, players: Client, watchers: Client) -> None:
        if index is None or not self.scenario.stages[index].is_judged:
            return
        before, after = self.snapshots[index], self._snapshot()
        lines = [line for line in players.lines if line["stage"] == index]
        began, ended = lines[0]["at"] - 1, lines[-1]["at"]
        heard = [line for line in watchers.lines if began < line["at"] <= ended + 1]
        stage = measured(self.plan, index, lines, heard)
        stage.hits, stage.misses = after.hits - before.hits, after.misses - before.misses
        # An overloaded server tells its counters late.
        seconds = after.at - before.at
        stage.cores = {part: (cpu - before.cpu.get(part, cpu)) / seconds for part, cpu in after.cpu.items()}
        whole = (after.machine - before.machine) / seconds
        stage.other_cores = max(0.0, whole - sum(stage.cores.values()))
        self.result.stages.append(stage)

    def _snapshot(self) -> Snapshot:
        reads: Counter[str] = Counter()
        for address in self.topology.api_addresses:
            connection = HTTPConnection(address, timeout=ANSWER_SECONDS)
            connection.request("GET", "/metrics")
            for source, count in READS.findall(connection.getresponse().read().decode()):
                reads[source] += int(float(count))
            connection.close()
        return Snapshot(
            reads["cache"], reads["postgresql"], processor_seconds(self.parts), machine_seconds(), time.monotonic()
        )

    def _gateway_problems(self) -> Counter[str]:
        return Counter(gateway_problems(self.topology.folder / LOG))

    def _note_usage(self) -> None:
        if time.monotonic() - self.used_at < USAGE_SECONDS:
            return
        self.used_at = time.monotonic()
        parts = machine.usage_by_part(self.parts)
        line = {part: dataclasses.asdict(usage) for part, usage in parts.items()}
        backends = ledger.count_backends(self.topology)
        self.result.usage.append({"at": self.seen, "backends": backends, "parts": line})

    def _progress(self, line: dict[str, Any], watchers: Client) -> None:
        times = times_of(line)
        heard = watchers.lines[-1]
        push = Times(heard["pushes"]).percentile(0.99)
        self.say(
            f"{self.seen:5.0f} s  {self.scenario.stages[line['stage']].name:12} {line['users']:6,} users "
            f"{times.counts.total():6,}/s  p95 {times.percentile(0.95):7.1f} ms  "
            f"{sum(line['failures'].values()):4,} failed  {heard['sockets']:,} sockets  push {push:5.0f} ms"
        )

    def _check(self, players: Client, watchers: Client, written: int) -> None:
        self.result.checks = ledger.check(self.topology)
        answered = sum(updates_in(line) for line in lines_of(players))
        missing = answered - written
        self.result.checks["every update that was answered is in the ledger"] = (
            f"{missing:,} are missing" if missing > 0 else ""
        )


def lines_of(players: Client) -> list[Line]:
    """Those about a second: the last only says that the scenario has ended."""
    return [line for line in players.lines if line["stage"] is not None]
