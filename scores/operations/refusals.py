"""Collects the items that a command refused, for its summary."""

from dataclasses import dataclass, field

MAX_PROBLEMS = 20


@dataclass
class Refusals:
    """How many items were refused, and the first MAX_PROBLEMS of them with the reason."""

    refused: int = 0
    problems: list[str] = field(default_factory=list)

    def refuse(self, name: str, problem: str) -> None:
        self.refused += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"{name}: {problem}")
