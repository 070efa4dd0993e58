"""The documents name files that exist, their links lead somewhere, and their prose fits on a screen."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("clients/*/README.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
# A path of the repository: it has a slash, and ends with one or with a suffix that files here have.
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
SUFFIXES = "py|md|lua|sql|js|ts|svg|html|conf|toml|yml|txt"
PATH = re.compile(rf"[A-Za-z.][\w.-]*(?:/[\w.-]+)*/|(?:[\w.-]+/)+[\w.-]+\.(?:{SUFFIXES})")
SCRIPT = re.compile(r"(script/[a-z]+)\b.*")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^\s*```.*?^\s*```", re.DOTALL | re.MULTILINE)
LONGEST_LINE = 120


def paths_named(text: str) -> Iterator[str]:
    for code in CODE.findall(FENCE.sub("", text)):
        if PATH.fullmatch(code):
            yield code
        elif script := SCRIPT.fullmatch(code):
            yield script[1]


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def is_broken(page: Path, link: str) -> bool:
    place, _, anchor = link.partition("#")
    target = (page.parent / place).resolve() if place else page
    if not target.exists():
        return True
    return bool(anchor) and anchor not in map(slug, HEADING.findall(target.read_text(encoding="utf-8")))


def test_it_finds_paths() -> None:
    text = "See `scores/api/`, `scores/urls.py`, `script/test --quick`, `application/json` and `/api/v1/docs`.\n"
    assert list(paths_named(text)) == ["scores/api/", "scores/urls.py", "script/test"]
    assert len([path for page in PAGES for path in paths_named(page.read_text(encoding="utf-8"))]) > 100


@pytest.mark.parametrize("name", NAMES)
def test_each_path_that_a_page_names_exists(name: str) -> None:
    named = set(paths_named((ROOT / name).read_text(encoding="utf-8")))
    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("name", NAMES)
def test_each_link_leads_somewhere(name: str) -> None:
    links = {link for link in LINK.findall((ROOT / name).read_text(encoding="utf-8")) if "://" not in link}
    assert {link for link in links if is_broken(ROOT / name, link)} == set()


@pytest.mark.parametrize("name", NAMES)
def test_prose_fits_on_a_screen(name: str) -> None:
    prose = FENCE.sub("", (ROOT / name).read_text(encoding="utf-8")).splitlines()
    assert [line for line in prose if len(line) > LONGEST_LINE and not line.startswith("|")] == []
