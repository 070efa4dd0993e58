"""Migrations do not depend on the apps' code, so they keep working when it changes. They match the models."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
OURS = ("scoreboard_project", "scores", "leaderboard", "live", "action_types")
MIGRATIONS = sorted(path for app in OURS for path in (ROOT / app).rglob("migrations/0*.py"))


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, level=level):
                yield "." * level + (module or "")


def test_there_are_some() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MIGRATIONS} == {"action_types", "scores", "scoreboard_project"}


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_imports_nothing_of_the_project_and_reads_no_file(path: Path) -> None:
    packages = {name.partition(".")[0] for name in imported(path.read_text())}

    assert packages.isdisjoint({"", *OURS, "pathlib", "importlib", "os", "io"})


def test_the_models_are_as_the_migrations_left_them(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_every_migration_is_applied(db: None) -> None:
    call_command("migrate", "--check", verbosity=0)
