"""Credentials never reach a log line, whoever writes it: an access log quotes addresses, which may hold a token."""

import re

REDACTED = "[redacted]"
CREDENTIAL = re.compile(
    r"""(?P<name>\b(?:token|ticket|access|refresh|password)=)[^&\s"'\\]+"""
    r"""|(?P<scheme>\bBearer\s+)[^\s"'\\,]+"""
    # A JSON Web Token, wherever it stands: its header is an object, so it begins with {" in base64.
    r"|\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?",
    re.IGNORECASE,
)


def redact(line: str) -> str:
    """The line without tokens, tickets and passwords."""
    return CREDENTIAL.sub(lambda found: f"{found['name'] or found['scheme'] or ''}{REDACTED}", line)
