"""Many users behind one address: a farm of accounts. A school is usual once it was as crowded on two days."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from scores.trust.detection.findings import Finding, Kind, severity_by
from scores.trust.detection.ledger import read
from scores.trust.detection.usual import Usual
from scores.trust.detection.windows import HOUR, Window


class Crowd(NamedTuple):
    """The users behind an IPv4 address or a /64 of IPv6."""

    address: str
    user_ids: Sequence[str]


def judge(crowds: Sequence[Crowd], usual: Mapping[str, int]) -> list[Finding]:
    """`usual`: how many users there are behind an address on other days."""
    return [
        Finding(
            user_id,
            severity_by(len(crowd.user_ids) / settings.DETECTION_ADDRESS_USERS, medium=2, high=4),
            {"address": crowd.address, "users": len(crowd.user_ids), "usual": usual.get(crowd.address, 0)},
        )
        for crowd in crowds
        if len(crowd.user_ids) >= settings.DETECTION_ADDRESS_FACTOR * usual.get(crowd.address, 0)
        for user_id in crowd.user_ids
    ]


def find(window: Window, usual: Usual) -> list[Finding]:
    crowds = read("crowds", Crowd, window, fewest=settings.DETECTION_ADDRESS_USERS)
    return judge(crowds, usual.crowds_at(crowd.address for crowd in crowds))


def describe(evidence: Mapping[str, Any]) -> str:
    usually = (
        f"Usually there are up to {evidence['usual']}" if evidence["usual"] else "Nothing like it was seen there before"
    )
    return f"One of {evidence['users']} users behind {evidence['address']} in an hour. {usually}."


SHARED_ADDRESS = Kind("shared_address", "Many users behind one address", HOUR, find, describe)
