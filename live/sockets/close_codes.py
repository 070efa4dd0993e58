"""Why the server closes a socket (contract: section 7 of the API documentation)."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Websocket close codes."""

    GOING_AWAY = 1001
    BAD_TOKEN = 4401
    FORBIDDEN = 4403
    SLOW_READER = 4408
    TOO_MANY = 4429
