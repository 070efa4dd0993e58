"""`manage.py simulate`: a simulated game that uses the public API."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import CommandError

from action_types.selectors import ActiveActionTypes
from scoreboard_project.api.errors import ApiError
from scoreboard_project.audit.command import AuditedCommand
from scoreboard_project.audit.entries import record_change
from scoreboard_project.env import read_int
from scores.simulation.live import Simulation, Tally

MAX_RATE = 2000.0


def positive(text: str) -> float:
    """A number above 0. Raises ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise ArgumentTypeError(f"{text!r} is not a number above 0")
    return number


class Command(AuditedCommand):
    help = (
        "Simulates a game that uses the public API: actions with pauses, retries with the same Idempotency-Key, and a "
        "few cheats, which the API must refuse. Signs the players' tokens with this installation's own key."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        port = read_int("PORT", 8000, minimum=1, maximum=65_535)
        parser.add_argument("--url", default=f"http://127.0.0.1:{port}", help="the API's address (%(default)s)")
        parser.add_argument("--players", type=int, default=60, help="how many players (%(default)s)")
        parser.add_argument("--rate", type=positive, default=5.0, help="actions per second (%(default)s)")
        parser.add_argument("--seconds", type=positive, default=60.0, help="how long to play (%(default)s)")
        parser.add_argument("--seed", type=int, help="random seed; the same seed draws the same actions")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if urlsplit(options["url"]).scheme not in {"http", "https"}:
            raise CommandError("--url must start with http:// or https://")
        try:
            simulation = Simulation(
                url=options["url"],
                players=max(1, options["players"]),
                rate=min(options["rate"], MAX_RATE),
                codes=[kind.action_type for kind in ActiveActionTypes().ask()],
                seed=options["seed"],
            )
        except ApiError as error:
            raise CommandError(f"The players' tokens cannot be signed: {error}") from error
        record_change("simulation.started", target=options["url"], new={"players": len(simulation.players)})
        try:
            simulation.run(options["seconds"], _show_progress)
        except KeyboardInterrupt:
            sys.stderr.write("\n")
        self._print_summary(simulation.tally, as_json=options["json"])
        if not simulation.tally.outcomes["applied"]:
            raise CommandError(f"No action was applied. Check that the server runs at {options['url']}.")

    def _print_summary(self, tally: Tally, *, as_json: bool) -> None:
        summary = {"outcomes": dict(tally.outcomes.most_common()), "medianMilliseconds": tally.median()}
        if as_json:
            self.stdout.write(json.dumps(summary))
            return
        for outcome, count in tally.outcomes.most_common():
            self.stdout.write(f"{outcome}: {count}")
        self.stdout.write(f"median response time: {tally.median()} ms")


def _show_progress(tally: Tally) -> None:
    counts = ", ".join(f"{outcome} {count}" for outcome, count in tally.outcomes.most_common(5))
    end = "\r" if sys.stderr.isatty() else "\n"
    sys.stderr.write(f"{tally.outcomes.total()} sent: {counts}; median {tally.median()} ms{end}")
