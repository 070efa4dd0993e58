"""Log lines as JSON objects, each with the request id and user of the moment."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import orjson
from pythonjsonlogger.orjson import OrjsonFormatter
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from scoreboard_project.runtime.current_request import current_request_id, current_user_id
from scoreboard_project.runtime.redaction import redact

REQUIRED = frozenset({"asctime", "levelname", "name", "message"})


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


class JsonLogFormatter(OrjsonFormatter):
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
        """One line without credentials. Text of a client that is no Unicode does not cost us the line."""
        try:
            line = str(super().jsonify_log_record(log_data))
        except orjson.JSONEncodeError:
            line = json.dumps(log_data, default=str)
        return redact(line)
