"""The shell scripts create their virtual environment, and run from any directory, by a link, in a path with a space."""

import os
import shutil
import subprocess
from pathlib import Path

from scoreboard_project.testing.dummy_project import DummyProject

SCRIPTS = Path(__file__).resolve().parents[3] / "script"
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
