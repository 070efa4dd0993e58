"""docs/settings.md lists every variable that the settings read, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r'\bread_[a-z_]+\(\s*"([A-Z_]+)"')
SCRIPTS = {"HOST", "PORT", "SCOREBOARD_DATA_DIR", "SCOREBOARD_DEMO_DATA", "TEST_DATABASE_URL"}


def listed() -> dict[str, str]:
    """Each variable in the table, with its default as written there."""
    rows = re.findall(r"^\| (`[A-Z].*?) \| (.*?) \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    return {name: default for names, default in rows for name in re.findall(r"`([A-Z_]+)`", names)}


def settings_text() -> str:
    return (ROOT / "scoreboard_project" / "settings.py").read_text()


def test_the_table_and_the_settings_name_the_same_variables() -> None:
    assert set(listed()) == {*READ.findall(settings_text()), *SCRIPTS}


def test_the_tables_numbers_are_the_defaults() -> None:
    numbers = re.findall(r'\bread_(?:int|float)\("([A-Z_]+)", ([0-9._]+)[,)]', settings_text())
    assert len(numbers) > 20
    wrong = {name: number for name, number in numbers if listed()[name] != f"`{number.replace('_', '')}`"}
    assert wrong == {}
