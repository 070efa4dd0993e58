"""What the controller tells the two client processes, in one JSON file."""

import dataclasses
import json
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from bench.load.scenarios import Scenario, make_scenario

# Users and sockets have addresses of their own in 127.0.0.0/8, so that the limits for each address can stay on.
FIRST_USER, FIRST_SOCKET = IPv4Address("127.1.0.1"), IPv4Address("127.2.0.1")


@dataclass(frozen=True)
class Plan:
    """One run. `seconds` and `traffic` are those of `make_scenario`; `directory` has tokens and gets reports."""

    scenario_name: str
    host: str
    live_url: str
    directory: str
    users: int
    sockets: int
    traffic: float
    seconds: float | None

    @property
    def scenario(self) -> Scenario:
        return make_scenario(self.scenario_name, seconds=self.seconds, traffic=self.traffic, users=self.users)

    @property
    def tokens(self) -> list[str]:
        """Those of bench-0, bench-1, …; bench-0 is the leader whose actions the pushes are timed by."""
        return self.tokens_file.read_text(encoding="ascii").split()

    @property
    def tokens_file(self) -> Path:
        return Path(self.directory) / "tokens.txt"

    def describe(self, api_processes: int) -> str:
        """What the load is, for reports."""
        much = f", {self.traffic:g} times the table's traffic" if self.traffic != 1 else ""
        return f"{self.users:,} users, {self.sockets:,} sockets, {api_processes} API processes{much}."

    def save(self, tokens: list[str]) -> Path:
        """Write the plan and the tokens, which nobody else may read."""
        self.tokens_file.touch(mode=0o600)
        self.tokens_file.write_text("\n".join(tokens), encoding="ascii")
        path = Path(self.directory) / "plan.json"
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")
        return path


def read_plan(path: str) -> Plan:
    return Plan(**json.loads(Path(path).read_text(encoding="utf-8")))
