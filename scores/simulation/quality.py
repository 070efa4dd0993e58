"""How well the detectors find the known cheats of a simulated past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scores.models import Flag
from scores.simulation.past import Past
from scores.trust.detection.kinds import KINDS
from scores.trust.detection.scan import detect_again


@dataclass(frozen=True)
class Quality:
    """Of one detector. A flagged cheat of another kind is a cheat nevertheless, so `wrong` are honest users only."""

    kind: str
    cheats: int
    found: int
    flagged: int
    wrong: Sequence[str]

    @property
    def precision(self) -> float:
        """The share of flagged users who cheat."""
        return 1 - len(self.wrong) / self.flagged if self.flagged else 0.0

    @property
    def recall(self) -> float:
        """The share of the cheats of this kind who are flagged."""
        return self.found / self.cheats if self.cheats else 0.0


def judge_detectors(past: Past) -> list[Quality]:
    """Let the detectors look at the last day of a past that is recorded, and compare."""
    detect_again(past.last_day, past.until)
    return [_quality(kind, past.cheats) for kind in KINDS]


def evidence_against(kind: str, user_id: str) -> str:
    """The user's first flag of this kind, in words."""
    flag = Flag.objects.filter(kind=kind, user_id=user_id).earliest("seen_from")
    return KINDS[kind].describe(flag.evidence)


def _quality(kind: str, cheats: Mapping[str, str]) -> Quality:
    flagged = set(Flag.objects.filter(kind=kind).values_list("user_id", flat=True))
    known = {user_id for user_id, cheat in cheats.items() if cheat == kind}
    return Quality(kind, len(known), len(known & flagged), len(flagged), sorted(flagged - cheats.keys()))
