"""No credential gets into a log line."""

import logging

import pytest

from scoreboard_project.runtime.logs import JsonLogFormatter, redact

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJ1c2VyX2lkIjoiYW5hIn0.c2lnbmF0dXJl-_x"


@pytest.mark.parametrize(
    ("line", "redacted"),
    [
        (f"GET /ws?token={JWT} HTTP/1.1", "GET /ws?token=[redacted] HTTP/1.1"),
        ("GET /ws?a=1&ticket=4fJc0n-_x&b=2", "GET /ws?a=1&ticket=[redacted]&b=2"),
        (f"Authorization: Bearer {JWT}", "Authorization: Bearer [redacted]"),
        ("authorization: bearer abc.def", "authorization: bearer [redacted]"),
        (f'{{"token":"{JWT}"}}', '{"token":"[redacted]"}'),
        ("eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoiYW5hIn0.", "[redacted]"),
        ("password=hunter2&x=1", "password=[redacted]&x=1"),
        ("A token was refused, a ticket too", "A token was refused, a ticket too"),
        ("requestId api_1795496231305_59ed2fb4", "requestId api_1795496231305_59ed2fb4"),
    ],
)
def test_it_redacts_credentials_and_nothing_else(line: str, redacted: str) -> None:
    assert redact(line) == redacted


def test_a_formatted_line_holds_none_in_any_of_its_fields() -> None:
    record = logging.makeLogRecord({"msg": "%s", "args": (f"/ws?token={JWT}",), "header": f"Bearer {JWT}"})
    record.exc_info = (ValueError, ValueError(JWT), None)
    assert JWT.rsplit(".", 1)[1] not in JsonLogFormatter().format(record)
