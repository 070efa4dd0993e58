"""`script/test`: every step runs whatever the others say, and pytest has the last word."""

import subprocess
import sys

import pytest

from scoreboard_project.launcher import suite as checks
from scoreboard_project.testing.dummy_project import DummyProject


def run_checks(project: DummyProject, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "scoreboard_project.launcher.suite", *arguments],
        env=project.environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_failed_check_fails_the_run_and_the_last_line_is_the_tests(project: DummyProject) -> None:
    (project.directory / "test_one.py").write_text("import os\ndef test_one(): pass\n")
    (project.directory / "pyproject.toml").write_text('[tool.mypy]\nfiles = ["test_one.py"]\n[tool.pytest]\n')
    result = run_checks(project)
    assert result.returncode == 1
    assert "--- ruff check: FAILED" in result.stdout
    assert "--- mypy: passed" in result.stdout
    assert "Failed before the tests: ruff check" in result.stdout
    assert "1 passed" in result.stdout.splitlines()[-1]


def test_arguments_go_to_pytest_alone(project: DummyProject) -> None:
    (project.directory / "test_one.py").write_text("def test_one(): pass\ndef test_two(): assert False\n")
    result = run_checks(project, "test_one.py", "-k", "test_one and not test_two", "-q")
    assert result.returncode == 0
    assert "ruff" not in result.stdout
    assert run_checks(project, "test_one.py").returncode == 1


def test_a_missing_tool_fails_only_in_ci(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CI", raising=False)
    assert checks.tools_are_there()
    assert "Missing: chromium, nginx, node." in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert not checks.tools_are_there()
