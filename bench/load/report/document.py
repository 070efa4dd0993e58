"""Writes a run: its reports into a folder, and from there its tables and plots into docs/load.md."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from bench.load.report.page import as_page
from bench.load.report.plots import write_plots
from bench.load.report.tables import as_json, as_markdown
from bench.load.result import Result
from bench.report.document import DOCS, replace_part, shown

MARKDOWN, JSON, PAGE = "result.md", "result.json", "report.html"
PLOTS = {"load.svg": "Requests and times", "usage.svg": "Memory, files and backends"}


def write_reports(head: Mapping[str, str], result: Result, folder: Path) -> None:
    """As Markdown, JSON and HTML, with plots."""
    found = json.dumps(as_json(head, result), indent=1, ensure_ascii=False)
    (folder / JSON).write_text(found + "\n", encoding="utf-8")
    (folder / MARKDOWN).write_text(as_markdown(head, result), encoding="utf-8")
    titles = {folder / name: title for name, title in write_plots(result, folder).items()}
    (folder / PAGE).write_text(as_page(head, result, titles), encoding="utf-8")


def write_document(scenario: str, folder: Path, docs: Path = DOCS) -> None:
    """Put the reports of the folder in place of the scenario's in docs/load.md. Raises OSError without reports."""
    pictures = {}
    for name, title in PLOTS.items():
        shutil.copyfile(folder / name, docs / "images" / f"load-{scenario}-{name}")
        pictures[f"load-{scenario}-{name}"] = f"{title}: {scenario}"
    text = (folder / MARKDOWN).read_text(encoding="utf-8")
    replace_part(docs / "load.md", part_of(scenario), f"{text}\n{shown(pictures)}")


def part_of(scenario: str) -> str:
    """The name of its part of docs/load.md."""
    return f"{scenario}, written by script/load --write-docs"
