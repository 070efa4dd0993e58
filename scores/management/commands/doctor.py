"""`manage.py doctor`: everything that can silently go wrong, and what to do about it."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from scoreboard_project.audit.command import AuditedCommand
from scores.doctor.examinations import EXAMINATIONS, examine_all, verdict
from scores.doctor.finding import Finding

WORDS = ("fine", "warning", "WRONG", "unknown")
NAME_WIDTH = max(map(len, EXAMINATIONS))
WORD_WIDTH = max(map(len, WORDS))


class Command(AuditedCommand):
    help = (
        "Examines settings, PostgreSQL, the ledger, Redis, ranks and boards, and says what to do. Exits with 0 if all "
        "is fine, with 1 if something deserves attention, with 2 if something is wrong. Reads the whole ledger."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")
        parser.add_argument(
            "--fix", action="store_true", help="correct what is safe: ranks, cached boards, missing partitions"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        findings: dict[str, Finding] = {}
        for name, finding in examine_all(fix=options["fix"]):
            findings[name] = finding
            if not options["json"]:
                self._print_line(name, finding)
        level = verdict(list(findings.values()))
        if options["json"]:
            self.stdout.write(json.dumps({"verdict": WORDS[level].lower(), "findings": _as_json(findings)}))
        if level:
            sys.exit(level)

    def _print_line(self, name: str, finding: Finding) -> None:
        advice = f"\n{' ' * (NAME_WIDTH + WORD_WIDTH + 4)}→ {finding.advice}" if finding.advice else ""
        self.stdout.write(f"{name:<{NAME_WIDTH}}  {WORDS[finding.level]:<{WORD_WIDTH}}  {finding.says}{advice}")


def _as_json(findings: dict[str, Finding]) -> list[dict[str, str]]:
    return [
        {"name": name, "level": WORDS[found.level].lower(), "says": found.says, "advice": found.advice}
        for name, found in findings.items()
    ]
