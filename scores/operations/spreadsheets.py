"""Text that spreadsheets change: cells that they run as formulas, and ids that they rewrite as numbers."""

import re

# A spreadsheet runs a cell that begins like this as a formula, also with full-width signs. `as_text` adds the quotes.
FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")
# 1.23457E+17, 1,23457E+17, 1E+17, 1.2E17 and 123456789.0. Not 12e5, because ids may look like that.
NUMBER_FORM = re.compile(r"[+-]?\d+(?:[.,]\d+[eE][+-]?\d+|[eE][+-]\d+|[.,]0+)")
ERROR_VALUES = frozenset({"#NAME?", "#VALUE!", "#REF!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!"})
EXACT_DIGITS = 15
# By chance, one id in a thousand ends in three zeros.
TELLING_ZEROS = 3


def as_text(value: str) -> str:
    """The value, with a quote before it if a spreadsheet would run it as a formula. `from_text` is the inverse."""
    return f"'{value}" if FORMULA.match(value) else value


def from_text(cell: str) -> str:
    """The value from which `as_text` made the cell."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def is_rewritten(cell: str) -> bool:
    """Whether the cell looks like an id that a spreadsheet rewrote."""
    return NUMBER_FORM.fullmatch(cell) is not None or is_error_value(cell)


def is_error_value(cell: str) -> bool:
    """Whether a spreadsheet shows this for a broken formula. Names that begin with = or - become #NAME?."""
    return cell in ERROR_VALUES or (len(cell) > 2 and not cell.strip("#"))


class RoundedIds:
    """Recognises a file whose long ids a spreadsheet rounded to 15 digits, so that many users may share one id."""

    def __init__(self) -> None:
        self._rounded: set[str] = set()
        self._zeros = 0
        self._is_possible = True

    def add(self, user_id: str) -> None:
        """Add the user id of a row."""
        if not self._is_possible or len(user_id) <= EXACT_DIGITS or not user_id.isdecimal():
            return
        self._is_possible = not user_id[EXACT_DIGITS:].strip("0")
        if self.are_certain or user_id in self._rounded:
            return
        self._rounded.add(user_id)
        self._zeros += len(user_id) - EXACT_DIGITS

    @property
    def are_certain(self) -> bool:
        """Whether all long ids end in zeros, and there are too many zeros for chance."""
        return self._is_possible and self._zeros >= TELLING_ZEROS
