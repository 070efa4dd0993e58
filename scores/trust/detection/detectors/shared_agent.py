"""Many users with one agent that is not usual here: a script, or a farm of emulators."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from scores.trust.detection.findings import Finding, Kind, severity_by
from scores.trust.detection.ledger import read
from scores.trust.detection.usual import FEWEST, Usual
from scores.trust.detection.windows import HOUR, Window

# Of the agent, as evidence.
LONGEST = 200


class AgentUsers(NamedTuple):
    """`family`: the agent without its numbers, so that a new version is not a new agent."""

    family: str
    user_ids: Sequence[str]
    example: str


def judge(found: Sequence[AgentUsers]) -> list[Finding]:
    return [
        Finding(
            user_id,
            severity_by(len(agent.user_ids) / settings.DETECTION_AGENT_USERS, medium=2, high=4),
            {"agent": agent.example[:LONGEST], "users": len(agent.user_ids)},
        )
        for agent in found
        for user_id in agent.user_ids
    ]


def find(window: Window, usual: Usual) -> list[Finding]:
    if usual.users < FEWEST:
        return []
    known = usual.agents_of(settings.DETECTION_AGENT_SHARE)
    return judge(read("agents", AgentUsers, window, fewest=settings.DETECTION_AGENT_USERS, usual_agents=known))


def describe(evidence: Mapping[str, Any]) -> str:
    return f"One of {evidence['users']} users in an hour whose game is “{evidence['agent']}”, which few users have."


SHARED_AGENT = Kind("shared_agent", "Many users with one odd agent", HOUR, find, describe)
