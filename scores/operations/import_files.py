"""Opens the file of an import. Its content is copied as UTF-8, so that the rows imported are the rows checked."""

import codecs
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

# .txt is what Excel calls its text in UTF-16.
KINDS: dict[str, Literal["csv", "jsonl"]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
CHUNK = 1 << 20
LONGEST_LINE = 1 << 20
# UTF-32 comes first, because its mark begins with that of UTF-16.
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
NOT_TEXT = {
    b"PK\x03\x04": "an Excel workbook or another archive: save it as “CSV UTF-8”",
    b"\xd0\xcf\x11\xe0": "an Excel workbook: save it as “CSV UTF-8”",
    b"\x1f\x8b": "compressed: unpack it first",
}


class ImportRefused(Exception):
    """The whole file is refused. The message begins with the line, if one line is wrong."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A copy of the file that can be read several times."""

    kind: Literal["csv", "jsonl"]
    copy: IO[str]

    def lines(self) -> Iterator[str]:
        """All lines, with their line ends. Raises ImportRefused for a line that is too long for any row."""
        self.copy.seek(0)
        number = 0
        while line := self.copy.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise ImportRefused(f"line {number}: it has more than {LONGEST_LINE:,} characters")
            yield line


@contextmanager
def open_import(path: Path, encoding: str = "") -> Iterator[ImportFile]:
    """Copy the file; the copy is deleted at the end. The default encoding is that of the byte order mark, or UTF-8.

    Raises ImportRefused if the file is not text in this encoding, and OSError if it cannot be read.
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise ImportRefused(f"The file's name must end in {', '.join(KINDS)}")
    # Only a line feed ends a line of JSON. CSV may have the line ends of any system.
    newline = "" if kind == "csv" else "\n"
    with path.open("rb") as source, tempfile.TemporaryFile("w+", encoding="utf-8", newline=newline) as copy:
        head = source.read(CHUNK)
        codec = _codec(head, encoding)
        _copy(head, source, copy, codec, is_named=bool(encoding))
        yield ImportFile(kind, copy)


def _codec(head: bytes, named: str) -> str:
    for magic, what in NOT_TEXT.items():
        if head.startswith(magic):
            raise ImportRefused(f"The file is {what}")
    marked = next((codec for mark, codec in MARKS.items() if head.startswith(mark)), "")
    name = codecs.lookup(named).name if named else ""
    if marked and name and not name.startswith(marked):
        raise ImportRefused(f"The file begins with the byte order mark of {marked.upper()}: leave out --encoding")
    if marked:
        return "utf-8-sig" if marked == "utf-8" else marked
    if not name and b"\0" in head:
        raise ImportRefused(_about_zeros(head))
    return name or "utf-8"


def _about_zeros(head: bytes) -> str:
    zeros = [head[start::2].count(0) for start in (0, 1)]
    if max(zeros) * 4 < len(head):
        return "The file is not text: it holds U+0000"
    name = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return f"The file seems to be UTF-16 without a byte order mark: save it as UTF-8, or add --encoding {name}"


def _copy(data: bytes, source: IO[bytes], copy: IO[str], codec: str, *, is_named: bool) -> None:
    decoder = codecs.getincrementaldecoder(codec)()
    doubt = _Utf8Doubt() if is_named and _has_one_byte_a_character(codec) else None
    line = 1
    while True:
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise ImportRefused(_about_bytes(error, line, codec, is_named=is_named)) from None
        copy.write(text)
        line += text.count("\n")
        if doubt:
            doubt.add(data)
        if not data:
            break
        data = source.read(CHUNK)
    if doubt and doubt.is_certain:
        raise ImportRefused(f"The file is UTF-8, not {codec}: leave out --encoding")


def _has_one_byte_a_character(codec: str) -> bool:
    return len(bytes(range(128, 256)).decode(codec, "replace")) == 128


class _Utf8Doubt:
    """Recognises UTF-8 although an older encoding was named, which would turn names into other text."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_possible = True
        self._is_ascii = True

    def add(self, data: bytes) -> None:
        self._is_ascii = self._is_ascii and data.isascii()
        if self._is_possible:
            try:
                self._decoder.decode(data, final=not data)
            except UnicodeDecodeError:
                self._is_possible = False

    @property
    def is_certain(self) -> bool:
        return self._is_possible and not self._is_ascii


def _about_bytes(error: UnicodeDecodeError, line: int, codec: str, *, is_named: bool) -> str:
    line += error.object[: error.start].decode(codec, "ignore").count("\n")
    if error.reason == "unexpected end of data":
        return f"line {line}: the file ends within a character"
    byte = f"line {line}: the byte {error.object[error.start]:02X} is not {codec.removesuffix('-sig').upper()}"
    if is_named or not codec.startswith("utf-8"):
        return byte
    try:
        word = _word_around(error).decode("windows-1252")
    except UnicodeDecodeError:
        return f"{byte}. Save the file as UTF-8, or name its encoding: --encoding NAME"
    return (
        f"{byte}. The file seems to be Windows-1252 (Latin-1), in which this is “{word}”: save it as “CSV UTF-8”, "
        "or add --encoding windows-1252"
    )


def _word_around(error: UnicodeDecodeError) -> bytes:
    before = re.split(rb"[,;\t\r\n\"]", error.object[max(0, error.start - 40) : error.start])[-1]
    after = re.split(rb"[,;\t\r\n\"]", error.object[error.start : error.start + 40])[0]
    return before + after
