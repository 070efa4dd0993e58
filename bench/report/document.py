"""Writes what was measured into docs/, between two markers of a page."""

from collections.abc import Mapping
from pathlib import Path

from bench.report.figures import Results
from bench.report.tables import report

DOCS = Path(__file__).resolve().parents[2] / "docs"
FIGURES = "figures, written by script/bench --write-docs"


def write_document(results: Results, pictures: Mapping[str, str], docs: Path = DOCS) -> None:
    """Replace the figures; `pictures` has the title of each file in docs/images/. Raises ValueError."""
    replace_part(docs / "performance.md", FIGURES, f"{report(results)}\n\n{shown(pictures)}")


def shown(pictures: Mapping[str, str]) -> str:
    """The Markdown that shows these files of docs/images/, by their titles."""
    return "\n\n".join(f"![{title}](images/{name})" for name, title in pictures.items())


def replace_part(page: Path, part: str, generated: str) -> None:
    """Write this between the markers of the part. Raises ValueError if the page lacks one."""
    page.write_text(between_markers(page.read_text(encoding="utf-8"), part, generated), encoding="utf-8")


def between_markers(text: str, part: str, generated: str) -> str:
    """The text with this between the markers of the part. Raises ValueError if it lacks one."""
    begin, end = f"<!-- begin: {part} -->", f"<!-- end: {part} -->"
    if begin not in text or end not in text:
        raise ValueError(f"The page lacks a line {begin if begin not in text else end}")
    before, after = text.partition(begin)[0], text.partition(end)[2]
    return f"{before}{begin}\n\n{generated}\n\n{end}{after}"
