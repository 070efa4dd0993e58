"""What script/load writes about a run, and what counts as passed."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.load.judging import by_second, windows
from bench.load.plan import Plan
from bench.load.report.page import as_page
from bench.load.report.tables import as_markdown
from bench.load.result import Result, has_passed
from bench.load.scenarios import NAMES
from bench.load.table import Window
from bench.tests.test_table import HELD
from bench.topology.production import PROJECT

HEAD = {"scenario": "baseline", "date": "2026-11-29", "commit": "abc", "machine": "2 cores", "python": "3.11"} | {
    "duration": "90 s",
    "load": "10,000 users.",
}
BROKEN = replace(HELD, name="2×", requests=10)


def line(second: int, tenths: int) -> dict[str, object]:
    times = {"board": {str(tenths): 100}}
    return {"second": second, "at": 1000.0 + second, "stage": 1, "users": 5, "times": times, "failures": {}}


def heard(second: int, tenths: int) -> dict[str, object]:
    return {"at": 1000.2 + second, "sockets": 7, "pushes": {str(tenths): 10}, "lost": 0}


def test_one_stage_is_a_table_with_targets_and_the_spread_of_its_windows() -> None:
    stage = replace(HELD, windows=[Window(990, 4, 40), Window(1010, 6, 60)], cores={"api": 0.5}, other_cores=0.25)
    text = as_markdown(HEAD, Result([stage], checks={"ledger": ""}))
    assert "| API p95 | ≤ 100 ms | 5.0 ms (4.0–6.0) | pass |" in text
    assert "| cores | api | all of these | other work |" in text
    assert "| 1× | 0.50 | 0.50 | 0.25 |" in text
    assert "Every row held in every stage." in text
    assert "- ledger: yes" in text


def test_several_stages_have_a_line_each_and_say_what_broke_first() -> None:
    text = as_markdown(HEAD, Result([HELD, BROKEN]))
    assert "**First broken at 2×: requests a second.** At 2× it no longer kept up." in text
    assert "| **0** |" in text


def test_only_stress_may_end_with_something_broken() -> None:
    assert not has_passed(Result([HELD, BROKEN]))
    assert has_passed(Result([HELD, BROKEN], is_stress=True))
    assert not has_passed(Result([BROKEN], is_stress=True))
    assert not has_passed(Result([HELD], checks={"ledger": "3 users differ"}))


def test_the_page_has_the_rows_and_the_plots(tmp_path: Path) -> None:
    plot = tmp_path / "load.svg"
    plot.write_text('<?xml version="1.0"?><svg></svg>')
    page = as_page(HEAD, Result([replace(HELD, name="<1×>")]), {plot: "Requests"})
    assert "&lt;1×&gt;" in page
    assert "<td>≤ 100 ms</td>" in page
    assert "<h2>Requests</h2><svg></svg>" in page


def test_windows_are_whole_tens_of_seconds() -> None:
    lines = [line(at, 50 if at < 10 else 900) for at in range(25)]
    found = windows(lines, [heard(at - 1, 3000) for at in range(25)])
    assert found == [Window(100, 5, 300), Window(100, 90, 300)]


def test_a_second_has_the_pushes_that_were_heard_in_it() -> None:
    plan = Plan("baseline", "", "", "", users=5, sockets=7, traffic=1.0, seconds=None)
    (second,) = by_second(plan, [line(1, 50)], [heard(0, 9000), heard(1, 3000)])
    assert (second.asked, second.answered, second.push, second.sockets) == (1000, 100, 300, 7)


@pytest.mark.parametrize("scenario", NAMES)
def test_the_document_has_a_part_for_each_scenario(scenario: str) -> None:
    document = (PROJECT / "docs" / "load.md").read_text(encoding="utf-8")
    assert f"<!-- begin: {scenario}, written by script/load --write-docs -->" in document
    assert f"<!-- end: {scenario}, written by script/load --write-docs -->" in document
