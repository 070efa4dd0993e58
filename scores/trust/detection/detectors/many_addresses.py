"""One user from many networks within an hour: a shared account, or proxies in turn."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from scores.trust.detection.findings import Finding, Kind, severity_by
from scores.trust.detection.ledger import read
from scores.trust.detection.usual import Usual
from scores.trust.detection.windows import HOUR, Window


class Travel(NamedTuple):
    """How many networks a user came from (/24 of IPv4, /48 of IPv6), and some of them."""

    user_id: str
    networks: int
    examples: Sequence[str]


def judge(travels: Sequence[Travel], limit: int) -> list[Finding]:
    return [
        Finding(
            travel.user_id,
            severity_by(travel.networks / limit, medium=1.5, high=3),
            {"networks": travel.networks, "examples": list(travel.examples)},
        )
        for travel in travels
        if travel.networks >= limit
    ]


def find(window: Window, usual: Usual) -> list[Finding]:
    limit = settings.DETECTION_NETWORKS
    return judge(read("travels", Travel, window, fewest=limit), limit)


def describe(evidence: Mapping[str, Any]) -> str:
    return f"Played from {evidence['networks']} networks in an hour, such as {', '.join(evidence['examples'])}."


MANY_ADDRESSES = Kind("many_addresses", "One user from many addresses", HOUR, find, describe)
