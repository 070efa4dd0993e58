"""The rank index and the cached boards use Redis only: they import no models and run no queries."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for path in PACKAGE.glob("*.py") if path.name != "__init__.py")


def imported(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_module_imports_the_orm(source: Path) -> None:
    assert [name for name in imported(source) if name.startswith("django.db")] == []
