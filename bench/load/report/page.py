"""A run's result as one HTML page, with its plots inside."""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from bench.load.result import Result, has_passed
from bench.load.table import first_broken, rows

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328 }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .3rem .8rem; border: 1px solid #d0d7de }
th { text-align: left } .pass { color: #1a7f37 } .fail { color: #cf222e; font-weight: 600 } svg { max-width: 100% }
"""


def as_page(head: Mapping[str, str], result: Result, plots: Mapping[Path, str]) -> str:
    """The page; `plots` has the title of each SVG file."""
    title = f"Load test: {head['scenario']}"
    body = [
        f"<h1>{escape(title)} {_mark(passed=has_passed(result))}</h1>",
        _table([], [[escape(name), escape(value)] for name, value in head.items()]),
    ]
    if broken := first_broken(result.stages):
        body.append(f"<p class=fail>First broken at {escape(broken[0].name)}: {escape(', '.join(broken[1]))}.</p>")
    for stage in result.stages:
        found = [
            [escape(row.name), escape(row.target), escape(row.seen), _mark(passed=row.passed)] for row in rows(stage)
        ]
        body.append(f"<h2>{escape(stage.name)}, {stage.seconds:.0f} s</h2>")
        body.append(_table(["", "target", "seen", ""], found))
        used = {**stage.cores, "other work on this machine": stage.other_cores}
        body.append(f"<p>Cores: {escape(', '.join(f'{part} {cores:.2f}' for part, cores in used.items()))}.</p>")
    checks = [[escape(name), _mark(passed=not problem), escape(problem)] for name, problem in result.checks.items()]
    body += ["<h2>Afterwards</h2>", _table([], checks)]
    body += [f"<h2>{escape(text)}</h2>{_svg(path)}" for path, text in plots.items()]
    body.append('<p><a href="locust.html">Locust\'s own report</a> has the times of each request.</p>')
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style>{''.join(body)}</html>\n"
    )


def _mark(*, passed: bool) -> str:
    word = "pass" if passed else "fail"
    return f"<span class={word}>{word}</span>"


def _table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """The cells are HTML."""
    head = "".join(f"<th>{each}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in lines)
    return f"<table><tr>{head}</tr>{body}</table>"


def _svg(path: Path) -> str:
    """Without the declaration of XML, which HTML does not have."""
    text = path.read_text(encoding="utf-8")
    return text[text.index("<svg") :]
