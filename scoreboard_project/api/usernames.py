"""Usernames: text that everyone can read and click. What nobody can see, or what turns other text around, is refused.

The user id has a weaker rule of its own: it is a key, and only shown where there is no name.
"""

import re
from functools import lru_cache
from typing import Annotated
from unicodedata import category, normalize

from scoreboard_project.api.errors import InvalidRequest
from scoreboard_project.api.shapes import WELL_FORMED, well_formed_text

MAX_USERNAME_LENGTH = 100
# Scripts stack a few marks on a letter. Many more cover the rows above and below.
MAX_MARKS_IN_A_ROW = 8
WITHOUT_NAME = "(no name)"
RULE = (
    "Visible text, stored in Unicode's form NFC. Refused: names without a visible character, invisible characters such "
    "as U+200B, and those that change the direction of text, such as U+202E."
)
Username = Annotated[str, well_formed_text(MAX_USERNAME_LENGTH, description=RULE)]

# Letters, marks and symbols by category that are nevertheless invisible.
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc")
# Number signs and the like: formats by category, but visible.
VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Emoji and scripts such as Persian and Hindi join two characters with these.
JOINERS = frozenset("\u200c\u200d")
JOINABLE = ("L", "M", "S", "Cn")
# The flags of England, Scotland and Wales are a black flag with letters that only spell the country's code.
FLAG_LETTERS = re.compile("(?<=\U0001f3f4)[\U000e0020-\U000e007e]+\U000e007f")
# They choose another form of a character, are invisible themselves, and do nothing to ASCII but the keys of a phone.
SELECTOR = re.compile("[\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef]")
KEYCAPS = "0123456789#*"
NEVER_SHOWN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
# Unicode keeps these for emoji and for Chinese characters, so a phone may know them before this Python does.
UNASSIGNED_BUT_SHOWN = (range(0x1F000, 0x1FB00), range(0x20000, 0x3FFF0))


def read_username(text: str) -> str:
    """The name in NFC. Raises ValueError, which says what a username must be."""
    return text if len(text) <= MAX_USERNAME_LENGTH and _is_plain(text) else _read(text)


def checked_username(text: str) -> str:
    """`read_username` for a field of a request. Raises InvalidRequest."""
    try:
        return read_username(text)
    except ValueError as error:
        raise InvalidRequest(f"username {error}") from None


def readable_username(text: str, *, user_id: str) -> str:
    """The name without whatever makes it unreadable, or the user id if that leaves nothing to see.

    For names that are not ours to refuse: a token of an outside issuer, a user of Django.
    """
    try:
        return read_username(text)
    except ValueError:
        return _cleaned(text) or _cleaned(user_id) or WITHOUT_NAME


def _is_plain(text: str) -> bool:
    """Most names, without a look at each character."""
    return text.isascii() and text.isprintable() and text.strip() != ""


@lru_cache(maxsize=4096)
def _read(text: str) -> str:
    if len(text) > MAX_USERNAME_LENGTH or not WELL_FORMED.fullmatch(text):
        raise ValueError(f"must be text of 1 to {MAX_USERNAME_LENGTH} characters without control characters")
    name = normalize("NFC", text)
    if fault := _first_fault(name):
        raise ValueError(f"must be visible text, but it has {fault[1]}")
    if not _is_visible(name):
        raise ValueError("must be visible text, but it is blank")
    if len(name) > MAX_USERNAME_LENGTH:
        raise ValueError(f"must have at most {MAX_USERNAME_LENGTH} characters in Unicode's form NFC")
    return name


def _cleaned(text: str) -> str:
    """Empty if nothing visible is left."""
    name = normalize("NFC", re.sub(r"\s+", " ", text[: 2 * MAX_USERNAME_LENGTH]))
    while fault := _first_fault(name):
        name = name[: fault[0]] + name[fault[0] + 1 :]
    name = name.strip()[:MAX_USERNAME_LENGTH].strip()
    return name if _is_visible(name) else ""


def _first_fault(name: str) -> tuple[int, str] | None:
    """Where the first character is that may not stand there, and what it is."""
    marks = 0
    for at, character in enumerate(FLAG_LETTERS.sub(lambda letters: "-" * len(letters[0]), name)):
        kind = category(character)
        if character in JOINERS:
            if not (at and _joins(name[at - 1]) and _joins(name[at + 1 : at + 2])):
                return at, f"the invisible character U+{ord(character):04X}"
        elif not _is_shown(character, kind):
            return at, f"the character U+{ord(character):04X}, which is not visible or moves the text around it"
        elif kind[0] != "M":
            marks = 0
        elif at == 0 or not _carries(name[at - 1], character):
            return at, f"the mark U+{ord(character):04X} without a letter that can carry it"
        else:
            marks += kind != "Mc"
            if marks > MAX_MARKS_IN_A_ROW:
                return at, f"more than {MAX_MARKS_IN_A_ROW} marks on one letter"
    return None


def _is_shown(character: str, kind: str) -> bool:
    if kind == "Cn":
        return any(ord(character) in reserved for reserved in UNASSIGNED_BUT_SHOWN)
    return character in VISIBLE_FORMATS or (kind not in NEVER_SHOWN and character not in INVISIBLE)


def _joins(character: str) -> bool:
    return bool(character) and not character.isascii() and category(character).startswith(JOINABLE)


def _carries(character: str, mark: str) -> bool:
    if SELECTOR.fullmatch(mark):
        return not character.isascii() or character in KEYCAPS
    return not character.isspace()


def _is_visible(name: str) -> bool:
    return any(category(character)[0] not in "MZ" and character not in JOINERS for character in name)
