"""Log lines are JSON objects with the request id and the user."""

import json
import logging
import sys
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from scoreboard_project.runtime.current_request import current_request_id, current_user_id
from scoreboard_project.runtime.logs import JsonLogFormatter


def line(message: str = "text", **extra: Any) -> dict[str, Any]:
    record = logging.makeLogRecord({"name": "scoreboard.test", "levelname": "INFO", "msg": message, **extra})
    text = JsonLogFormatter().format(record)
    assert "\n" not in text
    fields: dict[str, Any] = json.loads(text)
    return fields


def test_it_has_time_level_logger_and_message_first() -> None:
    fields = line(created=1_700_000_000.25, reason="because")

    assert list(fields.items()) == [
        ("time", "2023-11-14T22:13:20.250Z"),
        ("level", "info"),
        ("logger", "scoreboard.test"),
        ("message", "text"),
        ("reason", "because"),
    ]


def test_it_names_request_and_user_when_there_are_any() -> None:
    request, user = current_request_id.set("request-1"), current_user_id.set("ana")
    try:
        fields = line()
    finally:
        current_request_id.reset(request)
        current_user_id.reset(user)

    assert (fields["requestId"], fields["userId"]) == ("request-1", "ana")


def test_it_keeps_a_traceback_in_the_line() -> None:
    try:
        int("on purpose")
    except ValueError:
        fields = line(exc_info=sys.exc_info())

    assert "ValueError: invalid literal" in fields["exc_info"]


@pytest.mark.parametrize("error", [RedisConnectionError("Error 111 connecting"), RedisTimeoutError("Timeout reading")])
def test_an_unavailable_redis_is_logged_without_a_traceback(error: Exception, capture_log: list[str]) -> None:
    logger = logging.getLogger("channels_redis.pubsub")
    try:
        raise error
    except type(error):
        logger.exception("Unexpected exception in receive task")

    (text,) = capture_log
    fields = json.loads(text)
    assert (fields["level"], fields["reason"], "exc_info" in fields) == ("warning", str(error), False)


def test_any_other_exception_of_that_logger_keeps_its_traceback(capture_log: list[str]) -> None:
    try:
        int("on purpose")
    except ValueError:
        logging.getLogger("channels_redis.pubsub").exception("Unexpected exception in receive task")

    assert "ValueError" in json.loads(capture_log[0])["exc_info"]


def test_it_writes_any_text() -> None:
    assert line("two\nlines \x1b[31m 日本語")["message"] == "two\nlines \x1b[31m 日本語"
    assert line("a\ud800b")["message"]
