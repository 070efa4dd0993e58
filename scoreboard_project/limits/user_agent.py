"""The user agent that is stored with a score event."""

from collections.abc import Mapping

MAX_USER_AGENT_LENGTH = 512


def user_agent_of(headers: Mapping[str, str]) -> str:
    """The header's text, cut, without the NUL that PostgreSQL cannot store."""
    return headers.get("User-Agent", "")[:MAX_USER_AGENT_LENGTH].replace("\0", "")
