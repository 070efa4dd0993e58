"""Times, reasons and numbers as operators give them on the command line."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime

LONGEST_REASON = 500


def moment(text: str) -> datetime:
    """An ISO 8601 date or time, in UTC if it has no offset. Raises ArgumentTypeError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not an ISO 8601 time, such as 2026-11-25T13:00:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def reason(text: str) -> str:
    """A reason that fits into an event's metadata. Raises ArgumentTypeError."""
    if not text.strip() or len(text) > LONGEST_REASON or not text.isprintable():
        raise ArgumentTypeError(f"use 1 to {LONGEST_REASON} printable characters")
    return text


def whole_number(text: str) -> int:
    """Of 0 or more. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)
