"""`script/test` runs every step even if one fails, and pytest prints the last line."""

import subprocess
import sys

import pytest

from scoreboard_project.launcher import suite as checks
from scoreboard_project.testing.pytest_plugin import ONLY_XDIST
from scoreboard_project.testing.servers.dummy_project import DummyProject


def run_checks(project: DummyProject, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "scoreboard_project.launcher.suite", *arguments],
        env={**project.environ, **ONLY_XDIST},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.server
def test_a_failed_check_fails_the_run_and_the_last_line_is_the_tests(project: DummyProject) -> None:
    (project.directory / "test_one.py").write_text("import os\ndef test_one(): pass\n")
    (project.directory / "pyproject.toml").write_text('[tool.mypy]\nfiles = ["test_one.py"]\n[tool.pytest]\n')
    result = run_checks(project)
    assert result.returncode == 1
    assert "--- ruff check: FAILED" in result.stdout
    assert "--- mypy: passed" in result.stdout
    assert "Failed before the tests: ruff check" in result.stdout
    assert "1 passed" in result.stdout.splitlines()[-1]


@pytest.mark.server
def test_arguments_go_to_pytest_alone(project: DummyProject) -> None:
    (project.directory / "test_one.py").write_text("def test_one(): pass\ndef test_two(): assert False\n")
    result = run_checks(project, "test_one.py", "-k", "test_one and not test_two", "-q")
    assert result.returncode == 0
    assert "ruff" not in result.stdout
    assert run_checks(project, "test_one.py").returncode == 1


@pytest.fixture
def tests_of_both_kinds(project: DummyProject) -> DummyProject:
    """A project with two files of tests; in each, one needs a server and fails."""
    for name in ("one", "two"):
        (project.directory / f"test_{name}.py").write_text(
            f"import pytest\n\n\ndef test_{name}() -> None:\n    pass\n\n\n"
            f"@pytest.mark.server\ndef test_{name}_by_a_server() -> None:\n    raise OSError\n"
        )
    return project


@pytest.mark.server
def test_quick_runs_the_checks_and_leaves_out_the_tests_that_need_a_server(tests_of_both_kinds: DummyProject) -> None:
    result = run_checks(tests_of_both_kinds, "--quick")
    assert all(f"--- {name}: " in result.stdout for name in checks.STEPS)
    assert "2 passed" in result.stdout.splitlines()[-1]


@pytest.mark.server
def test_quick_with_arguments_runs_the_checks_and_those_of_the_tests(tests_of_both_kinds: DummyProject) -> None:
    result = run_checks(tests_of_both_kinds, "--quick", "test_one.py")
    assert all(f"--- {name}: " in result.stdout for name in checks.STEPS)
    assert "1 passed" in result.stdout.splitlines()[-1]


def test_a_missing_tool_fails_only_in_ci(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CI", raising=False)
    assert checks.tools_are_there()
    assert "Missing: chromium, curl, nginx, node, openssl, pgbouncer." in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert not checks.tools_are_there()
