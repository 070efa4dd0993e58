"""The options of script/load, and what it says when the machine does not allow enough files."""

import re

import pytest

from bench.load import machine
from bench.load.options import parser
from bench.load.scenarios import NAMES
from bench.topology.production import PROJECT


def test_the_document_explains_every_scenario_and_option() -> None:
    document = (PROJECT / "docs" / "load.md").read_text(encoding="utf-8")
    options = set(re.findall(r"--[a-z-]+", parser().format_help())) - {"--help"}
    assert len(options) > 5
    assert {name for name in (*options, *NAMES) if f"`{name}" not in document} == set()


@pytest.mark.parametrize("minutes", ["0", "-1", "1381", "soon"])
def test_it_refuses_a_length_that_cannot_be_run(minutes: str) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["endurance", "--minutes", minutes])


def test_it_says_how_many_files_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "allow_many_files", lambda: 1024)
    with pytest.raises(machine.TooFewFiles, match=r"1,024 files .* need 10,300: raise the hard limit"):
        machine.check_files(10_000, 5000)
