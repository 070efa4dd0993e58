"""What a command could not do, one by one, for its summary."""

from dataclasses import dataclass, field

MAX_PROBLEMS = 20


@dataclass
class Refusals:
    """How many were refused, and the first twenty with the reason."""

    refused: int = 0
    problems: list[str] = field(default_factory=list)

    def refuse(self, name: str, problem: str) -> None:
        """Count one, and keep what is wrong with it."""
        self.refused += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"{name}: {problem}")
