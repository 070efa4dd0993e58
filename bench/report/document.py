"""Writes a session into docs/performance.md, between two markers."""

from pathlib import Path

from bench.report.figures import Results
from bench.report.tables import report

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN = "<!-- begin: written by script/bench --write-docs -->"
END = "<!-- end: written by script/bench --write-docs -->"


def write_document(results: Results, pictures: dict[str, str], docs: Path = DOCS) -> None:
    """Replace the generated part; `pictures` has the title of each file in docs/images/. Raises ValueError."""
    page = docs / "performance.md"
    shown = "\n\n".join(f"![{title}](images/{name})" for name, title in pictures.items())
    text = between_markers(page.read_text(encoding="utf-8"), f"{report(results)}\n\n{shown}")
    page.write_text(text, encoding="utf-8")


def between_markers(text: str, generated: str) -> str:
    """The text with this between its markers. Raises ValueError if it lacks one."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"docs/performance.md lacks a line {BEGIN if not begin else END}")
    return f"{before}{BEGIN}\n\n{generated}\n\n{END}{after}"
