"""The shell scripts create their virtual environment, and run from any directory, by a link, in a path with a space."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scoreboard_project.launcher.virtualenv import PIP_SOURCES
from scoreboard_project.testing.servers.dummy_project import DummyProject

SCRIPTS = Path(__file__).resolve().parents[3] / "script"
ENVIRONMENT = """
import os, sys
print(sys.prefix, os.environ["PYTHONPATH"], os.environ.get("DJANGO_SETTINGS_MODULE"))
"""
PIP_NAMES = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_CERT"),
    *("PIP_CLIENT_CERT", "PIP_PROXY", "PIP_CONFIG_FILE", "PIP_NO_CACHE_DIR", "PIP_USER", "PIP_TARGET"),
    *("PIP_CONSTRAINT", "PIP_PYTHON"),
)
ECHO = "import sys; print(sys.prefix, *sys.argv[1:])\n"


def run_script(project: DummyProject, script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, *arguments],
        cwd="/",
        env=project.environ | {"PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.mark.server
def test_they_install_what_the_lock_says_once_and_again_when_it_changes(project: DummyProject) -> None:
    shutil.copytree(SCRIPTS, project.directory / "script")
    (project.directory / "scoreboard_project" / "launcher" / "__main__.py").write_text(ECHO)
    lock = project.directory / "requirements.txt"
    lock.touch()
    link = project.directory.with_name("link to manage")
    link.symlink_to(project.directory / "script" / "manage")

    first = run_script(project, link, "check", "two words")
    assert first.stdout == f"{project.directory / '.venv'} manage check two words\n"
    assert "Installing requirements.txt" in first.stderr
    assert run_script(project, project.directory / "script" / "server").stderr == ""
    lock.write_text("# changed\n")
    assert "Installing" in run_script(project, link).stderr


@pytest.mark.parametrize("name", ["python3.14", "python3.12"])
def test_they_find_a_python_that_only_has_a_versioned_name(project: DummyProject, name: str) -> None:
    shutil.copytree(SCRIPTS, project.directory / "script")
    (project.directory / "scoreboard_project" / "launcher" / "virtualenv.py").write_text(ECHO)
    tools = project.directory / "tools"
    tools.mkdir()
    for tool in ("dirname", "readlink"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    (tools / name).symlink_to(sys.executable)
    result = subprocess.run(
        ["/bin/sh", project.directory / "script" / "manage", "check"],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.endswith("requirements.txt scoreboard_project.launcher manage check\n")


@pytest.mark.server
def test_variables_of_the_shell_change_nothing(project: DummyProject) -> None:
    shutil.copytree(SCRIPTS, project.directory / "script")
    (project.directory / "scoreboard_project" / "launcher" / "__main__.py").write_text(ENVIRONMENT)
    (project.directory / "requirements.txt").touch()
    elsewhere = project.directory.with_name("elsewhere")
    elsewhere.mkdir()
    (elsewhere / "scoreboard_project.py").write_text("raise SystemExit('the wrong project')")
    shell = {
        "DJANGO_SETTINGS_MODULE": "another.settings",
        "PYTHONPATH": str(elsewhere),
        "PYTHONHOME": str(elsewhere),
        "VIRTUAL_ENV": str(elsewhere),
        "PIP_USER": "1",
        "PIP_TARGET": str(elsewhere),
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_PREFIX": str(elsewhere),
        "PIP_QUIET": "junk",
    }
    result = subprocess.run(
        [project.directory / "script" / "manage"],
        env=project.environ | shell,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, f"{project.directory / '.venv'} {project.directory} None\n")


def test_only_the_sources_of_packages_are_taken_from_pips_variables() -> None:
    kept = [name for name in PIP_NAMES if PIP_SOURCES.fullmatch(name)]
    assert kept == [
        name for name in PIP_NAMES if name not in {"PIP_USER", "PIP_TARGET", "PIP_CONSTRAINT", "PIP_PYTHON"}
    ]


def test_a_clone_has_no_carriage_returns_even_with_autocrlf(tmp_path: Path) -> None:
    attributes = SCRIPTS.parent / ".gitattributes"
    for command in (["init", "-q"], ["config", "core.autocrlf", "true"], ["config", "user.email", "a@b"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    shutil.copy(attributes, tmp_path)
    script = tmp_path / "server"
    script.write_bytes(b"#!/bin/sh\n")
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    script.unlink()
    subprocess.run(["git", "checkout", "-q", "--", "server"], cwd=tmp_path, check=True)
    assert script.read_bytes() == b"#!/bin/sh\n"


def test_they_say_when_there_is_no_python(place: Path) -> None:
    shutil.copytree(SCRIPTS, place / "script")
    tools = place / "tools"
    tools.mkdir()
    for name in ("dirname", "readlink"):
        (tools / name).symlink_to(str(shutil.which(name)))
    environ = {**os.environ, "PATH": str(tools)}
    result = subprocess.run(
        ["/bin/sh", place / "script" / "server"], env=environ, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "no Python 3.11 or newer was found" in result.stderr
