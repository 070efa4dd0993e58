"""Reads CSV as spreadsheets write it: with any usual delimiter, and with blank rows and columns."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from scoreboard_project.api.errors import ApiError, InvalidRequest
from scores.operations.import_files import ImportRefused

DELIMITERS = (",", ";", "\t", "|")
# A first line that tells spreadsheets the delimiter.
DELIMITER_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
INSIGNIFICANT = re.compile("[\\s_\\-\ufeff\u200b]+")


@dataclass(frozen=True, slots=True)
class Header:
    """The columns by the names of their fields; '' for a column without a name. `line` counts from 1."""

    line: int
    delimiter: str
    columns: Sequence[str]

    def refuse(self, problem: str) -> NoReturn:
        """Raises ImportRefused."""
        raise ImportRefused(f"line {self.line}: {problem}")

    def fields(self, values: Sequence[str]) -> dict[str, str] | ApiError:
        """The values by column, without blank ones."""
        if any(value.strip() for value in values[len(self.columns) :]):
            return InvalidRequest(f"there are {len(values)} values for {len(self.columns)} columns")
        found = {}
        for number, (name, value) in enumerate(zip(self.columns, values, strict=False), start=1):
            if value.strip():
                if not name:
                    return InvalidRequest(f"column {number} has a value, but no name in the header")
                found[name] = value
        return found


def read_header(lines: Iterator[str], known: Sequence[str]) -> Header:
    """Read the header from `lines`. Ignores case, blanks, hyphens and underscores in the names.

    Raises ImportRefused for an unknown column and for two columns with the same name.
    """
    delimiters: Sequence[str] = DELIMITERS
    for number, line in enumerate(lines, start=1):
        if told := DELIMITER_LINE.fullmatch(line):
            delimiters = told[1]
        elif line.strip("".join(DELIMITERS) + " \r\n"):
            header = _parse_header(number, line, delimiters, known)
            _check_columns(header, known)
            return header
    raise ImportRefused(f"The file is empty. Its first line names columns: {', '.join(known)}")


def read_records(header: Header, lines: Iterator[str]) -> Iterator[tuple[int, dict[str, str] | ApiError]]:
    """Each row that is not blank, as the line on which it begins, and its fields or the problem with it.

    Raises ImportRefused if the quotes do not show where a row ends.
    """
    reader = csv.reader(lines, delimiter=header.delimiter, strict=True)
    while True:
        begins = header.line + reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            raise ImportRefused(_in_words(error, begins, header.line + reader.line_num)) from None
        if values is None:
            return
        if any(value.strip() for value in values):
            yield begins, header.fields(values)


def _parse_header(number: int, line: str, delimiters: Sequence[str], known: Sequence[str]) -> Header:
    spelled = {_spelling(name): name for name in known}
    found, problem = [], ""
    for delimiter in delimiters:
        try:
            names = next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error as error:
            problem = problem or _in_words(error, number, number)
            continue
        columns = [spelled.get(_spelling(name), name.strip()) for name in names]
        found.append(Header(number, delimiter, columns))
    if not found:
        raise ImportRefused(problem)
    return max(found, key=lambda header: (len(set(header.columns) & set(known)), len(header.columns)))


def _spelling(name: str) -> str:
    return INSIGNIFICANT.sub("", name).casefold()


def _check_columns(header: Header, known: Sequence[str]) -> None:
    places: dict[str, list[int]] = {}
    for number, name in enumerate(header.columns, start=1):
        if name:
            places.setdefault(name, []).append(number)
    unknown = [f"“{name}” (column {places[name][0]})" for name in places if name not in known]
    if unknown:
        header.refuse(f"there is no column {', '.join(unknown)}; the columns are {', '.join(known)}")
    if twice := [_named_twice(name, numbers) for name, numbers in places.items() if len(numbers) > 1]:
        header.refuse(f"{', '.join(twice)}: each column may occur once")


def _named_twice(name: str, numbers: Sequence[int]) -> str:
    return f"{name} is in columns {' and '.join(map(str, numbers))}"


def _in_words(error: csv.Error, begins: int, ends: int) -> str:
    if "expected after" in str(error):
        begun = f"; the row begins on line {begins}" if ends > begins else ""
        return f"line {ends}: there is text after a closing quote{begun}"
    if "end of data" in str(error) or ends > begins:
        return f"line {begins}: a quote is opened in this row and not closed"
    return f"line {begins}: {error}"
