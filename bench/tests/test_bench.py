"""What script/bench makes of the output of its tools, and how it shows it."""

import re
import sys
from pathlib import Path

import pytest
import yaml

from bench.measures.run import Run, percentile
from bench.measures.wrk import LoadError, read_run
from bench.options import parser
from bench.report.document import FIGURES, between_markers
from bench.report.figures import Figure, Results
from bench.report.tables import report, shown, table
from bench.topology.gateway import gateway_problems, write_gateway
from bench.topology.production import PROJECT, Source
from bench.topology.stores import POSTGRES_SETTINGS

OUTPUT = """Running 2s test @ http://127.0.0.1:8000/
  2 threads and 32 connections
Requests/sec:   1000.00
figures 2000 2.000000 10.100000 20.200000 30.300000 {failed}
"""
CONDITIONS = {"date": "2026-11-29", "commit": "abc", "machine": "2 cores", "python": "3.11", "runs": "2 runs of 2 s"}


def results() -> Results:
    """Two turns, in which ours was two and four times as fast."""
    found = Results(dict(CONDITIONS), memory={"before the load": {"api": 100.0}})
    for ours, peer in ((200.0, 100.0), (400.0, 100.0)):
        found.add("update", 32, "scoreboard", Run(ours, 1, 2, 3, {"api": 0.001, "client": 0.0001}))
        found.add("update", 32, "peer", Run(peer, 1, 2, 3, {"api": 0.002}))
    return found


def test_a_run_is_read_from_wrk_with_its_processor_time_a_request() -> None:
    run = read_run(OUTPUT.format(failed=0), {"api": 1.0})
    assert run == Run(1000.0, 10.1, 20.2, 30.3, {"api": 0.0005})


@pytest.mark.parametrize("output", [OUTPUT.format(failed=1), "unable to connect"])
def test_a_run_with_failed_requests_is_not_a_figure(output: str) -> None:
    with pytest.raises(LoadError):
        read_run(output, {})


def test_a_percentile_of_few_values_is_one_of_them() -> None:
    assert percentile([1.0, 2.0, 3.0], 0.99) == 3.0


def test_the_spread_is_how_far_a_run_lies_from_the_median_at_most() -> None:
    assert Figure.of([90, 100, 130]) == Figure(100, 0.3)
    assert shown(Figure(2876.4, 0.041)) == "2,876 ±4 %"


def test_a_ratio_is_taken_turn_by_turn() -> None:
    ratio = results().ratio(("update", 32, "scoreboard"), ("update", 32, "peer"))
    assert ratio
    assert ratio.median == 3


def test_results_are_the_same_after_json(tmp_path: Path) -> None:
    results().write(tmp_path / "results.json")
    assert Results.read(tmp_path / "results.json") == results()


def test_a_load_that_failed_leaves_no_figures_of_its_own() -> None:
    found = results()
    found.add("board", 32, "scoreboard", Run(9, 1, 2, 3))
    found.leave_out("update", 32)
    assert list(found.runs) == [("board", 32, "scoreboard")]


def test_pieces_of_a_session_are_put_together_and_say_so(tmp_path: Path) -> None:
    results().write(tmp_path / "one.json")
    later = Results({**CONDITIONS, "commit": "def"})
    later.add("board", 32, "scoreboard", Run(9, 1, 2, 3))
    later.write(tmp_path / "two.json")
    whole = Results.read_all([tmp_path / "one.json", tmp_path / "two.json"])
    assert [key[0] for key in whole.runs] == ["update", "update", "board"]
    assert whole.conditions["commit"] == "abc, def"
    assert whole.conditions["date"] == "2026-11-29"


def test_it_refuses_a_measure_that_it_does_not_know() -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["--measure", "update,nothing"])


def test_a_table_is_markdown_and_without_rows_there_is_none() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n|---|---|\n| 1 | 2 |"
    assert table(["a"], []) == ""


def test_the_report_has_what_was_measured_and_nothing_else() -> None:
    text = report(results())
    assert "at commit abc" in text
    assert "| 32 | scoreboard | 300 ±33 % |" in text
    assert "3.00 ±33 %" in text
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == ["Updates", "Processor time", "Memory"]


def test_only_the_part_between_the_markers_is_replaced() -> None:
    begin, end = "<!-- begin: x -->", "<!-- end: x -->"
    assert between_markers(f"a\n{begin}\nold\n{end}\nb", "x", "new") == f"a\n{begin}\n\nnew\n\n{end}\nb"
    with pytest.raises(ValueError, match="lacks a line"):
        between_markers("a", "x", "new")


def test_the_document_has_the_markers() -> None:
    assert between_markers((PROJECT / "docs" / "performance.md").read_text(encoding="utf-8"), FIGURES, "new")


def test_the_document_explains_every_option() -> None:
    document = (PROJECT / "docs" / "performance.md").read_text(encoding="utf-8")
    options = set(re.findall(r"--[a-z-]+", parser().format_help())) - {"--help"}
    assert len(options) > 5
    assert {option for option in options if f"`{option}" not in document} == set()


def test_a_plot_is_written_for_each_measure(tmp_path: Path) -> None:
    plots = pytest.importorskip("bench.report.plots", reason="script/bench installs matplotlib", exc_type=ImportError)
    for name in plots.write_plots(results(), tmp_path):
        assert "</svg>" in (tmp_path / name).read_text(encoding="utf-8")


def test_the_servers_run_the_command_of_the_image() -> None:
    command = Source().command("bench.topology.empty:application")
    assert command[:4] == [sys.executable, "-m", "uvicorn", "bench.topology.empty:application"]
    assert "--loop=uvloop" in command
    assert "--http=httptools" in command


def test_the_gateway_has_our_addresses_and_its_limit_only_if_wanted(tmp_path: Path) -> None:
    written = {
        limits: write_gateway(
            PROJECT / "deploy" / "nginx",
            tmp_path / str(limits),
            address="127.0.0.1:1",
            api=["127.0.0.1:2", "127.0.0.1:3"],
            live=["127.0.0.1:4"],
            limits=limits,
        ).parent
        for limits in (False, True)
    }
    upstreams = (written[False] / "upstreams.conf").read_text(encoding="utf-8")
    assert re.findall(r"server (127\S+)", upstreams) == ["127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:4"]
    rates = {limits: (folder / "limits.conf").read_text(encoding="utf-8") for limits, folder in written.items()}
    assert ("rate=100r/s" in rates[False], "rate=100r/s" in rates[True]) == (False, True)


def test_the_problems_in_the_log_of_the_gateway_are_counted(tmp_path: Path) -> None:
    line = "2026/11/29 07:08:40 [error] 9#9: *{} no live upstreams while connecting to upstream, client: 127.1.0.7\n"
    (tmp_path / "nginx.log").write_text(line.format(1) + line.format(2))
    assert gateway_problems(tmp_path / "nginx.log") == {"no live upstreams": 2}


def test_postgresql_has_the_settings_of_the_compose_file() -> None:
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
    words = compose["services"]["postgres"]["command"]
    assert {f"{name}={value}" for name, value in POSTGRES_SETTINGS.items()} <= set(words)
