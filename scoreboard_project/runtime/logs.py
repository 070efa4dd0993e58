"""Log lines as JSON objects, each with the request id and user of the moment, none with a credential."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.msgspec import MsgspecFormatter
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from scoreboard_project.runtime.current_request import current_request_id, current_user_id

REQUIRED = frozenset({"asctime", "levelname", "name", "message"})
REDACTED = "[redacted]"
CREDENTIAL = re.compile(
    r"""(?P<name>\b(?:token|ticket|access|refresh|password)=)[^&\s"'\\]+"""
    r"""|(?P<scheme>\bBearer\s+)[^\s"'\\,]+"""
    # A JSON Web Token, wherever it stands: its header is an object, so it begins with {" in base64.
    r"|\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?",
    re.IGNORECASE,
)


class ShortOutages(logging.Filter):
    """A server that is away is one line a try with the reason, not a traceback: for loggers of libraries."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Take the traceback off; every record stays."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, RedisConnectionError | RedisTimeoutError):
            record.exc_info = None
            record.reason = str(error)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class JsonLogFormatter(MsgspecFormatter):
    """`time`, `level`, `logger`, `message`, `requestId`, `userId` and whatever `extra` adds."""

    def __init__(self) -> None:
        super().__init__("{asctime}{levelname}{name}{message}", style="{", timestamp=False)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Put the fields in reading order."""
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
        """One line without credentials. A lone surrogate from a client does not cost us the line."""
        try:
            line = str(super().jsonify_log_record(log_data))
        except UnicodeEncodeError:
            line = json.dumps(log_data, default=str)
        return redact(line)


def redact(line: str) -> str:
    """The line without tokens, tickets and passwords: an access log quotes addresses, which may hold one."""
    return CREDENTIAL.sub(lambda found: f"{found['name'] or found['scheme'] or ''}{REDACTED}", line)
