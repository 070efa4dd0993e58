"""Log lines as JSON objects, each with the request id and user of the moment."""

import logging
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.orjson import OrjsonFormatter

from scoreboard_project.api.request_id import current_request_id, current_user_id


class JsonLogFormatter(OrjsonFormatter):
    """`time`, `level`, `logger`, `message`, `requestId`, `userId` and whatever `extra` adds."""

    def __init__(self) -> None:
        super().__init__("{asctime}{levelname}{name}{message}", style="{", timestamp=False)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Put the fields in reading order."""
        super().add_fields(log_data, record, message_dict)
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
        log_data["level"] = log_data.pop("levelname").lower()
        log_data["logger"] = log_data.pop("name")
        log_data.pop("asctime", None)
        if request_id := current_request_id.get():
            log_data["requestId"] = request_id
        if user_id := current_user_id.get():
            log_data.setdefault("userId", user_id)
