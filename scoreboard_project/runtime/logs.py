"""Log lines as JSON objects, with the current request id and user, and without credentials."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.msgspec import MsgspecFormatter
from redis.exceptions import RedisError

from scoreboard_project.runtime.current_request import current_request_id, current_user_id

REQUIRED = frozenset({"asctime", "levelname", "name", "message"})
REDACTED = "[redacted]"
CREDENTIAL = re.compile(
    r"""(?P<name>\b(?:token|ticket|access|refresh|password)=)[^&\s"'\\]+"""
    r"""|(?P<scheme>\bBearer\s+)[^\s"'\\,]+"""
    # A JSON Web Token anywhere in the line: its header is a JSON object, so it starts with {" in base64.
    r"|\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?",
    re.IGNORECASE,
)


class ShortOutages(logging.Filter):
    """For loggers of libraries: turns the traceback of a failing Redis into a one-line warning with the reason."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; never drop one."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, RedisError):
            record.exc_info = None
            record.reason = str(error)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class JsonLogFormatter(MsgspecFormatter):
    """`time`, `level`, `logger`, `message`, `requestId`, `userId` and the fields of `extra`."""

    def __init__(self) -> None:
        super().__init__("{asctime}{levelname}{name}{message}", style="{", timestamp=False)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Put the fields in the order in which people read them."""
        found: dict[str, Any] = {}
        super().add_fields(found, record, message_dict)
        moment = datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None)
        log_data["time"] = f"{moment.isoformat(timespec='milliseconds')}Z"
        log_data["level"] = record.levelname.lower()
        log_data["logger"] = record.name
        log_data["message"] = found["message"]
        if request_id := current_request_id.get():
            log_data["requestId"] = request_id
        if user_id := current_user_id.get():
            log_data["userId"] = user_id
        log_data.update({name: value for name, value in found.items() if name not in REQUIRED})

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """One line without credentials. A lone surrogate sent by a client must not lose us the line."""
        try:
            line = str(super().jsonify_log_record(log_data))
        except UnicodeEncodeError:
            line = json.dumps(log_data, default=str)
        return redact(line)


def redact(line: str) -> str:
    """The line without tokens, tickets and passwords. Access logs quote addresses, which may contain them."""
    return CREDENTIAL.sub(lambda found: f"{found['name'] or found['scheme'] or ''}{REDACTED}", line)
