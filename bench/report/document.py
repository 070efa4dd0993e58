"""Writes a session into docs/performance.md, between two markers, and its plots into docs/images/."""

from pathlib import Path

from bench.report.figures import Results
from bench.report.plots import write_plots
from bench.report.tables import report

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN = "<!-- begin: written by script/bench --write-docs -->"
END = "<!-- end: written by script/bench --write-docs -->"


def write_document(results: Results, docs: Path = DOCS) -> None:
    """Replace the generated part. Raises ValueError if the document lacks the markers."""
    page = docs / "performance.md"
    names = write_plots(results, docs / "images")
    pictures = "\n\n".join(f"![{title}](images/{name})" for name, title in names.items())
    page.write_text(
        between_markers(page.read_text(encoding="utf-8"), f"{report(results)}\n\n{pictures}"), encoding="utf-8"
    )


def between_markers(text: str, generated: str) -> str:
    """The text with this between its markers."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"docs/performance.md lacks a line {BEGIN if not begin else END}")
    return f"{before}{BEGIN}\n\n{generated}\n\n{END}{after}"
