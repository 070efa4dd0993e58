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
MODULE = re.compile(r"(?:action_types|leaderboard|live|scoreboard_project|scores)(?:\.\w+)+")
SCRIPT = re.compile(r"(script/[a-z]+)\b.*")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LONGEST_LINE = 120
FENCE = re.compile(r"^\s*```.*?^\s*```", re.DOTALL | re.MULTILINE)


def paths_named(text: str) -> Iterator[str]:
    for code in CODE.findall(FENCE.sub("", text)):
        if PATH.fullmatch(code) or MODULE.fullmatch(code) or (ROOT / code).is_file():
            yield code
        elif script := SCRIPT.fullmatch(code):
            yield script[1]


def find(name: str) -> Path | None:
    """The file or folder of a path, of a module's name, or of a name in a module."""
    if not MODULE.fullmatch(name):
        return ROOT / name if (ROOT / name).exists() else None
    module = ROOT / name.replace(".", "/")
    if found := next((path for path in (module, module.with_suffix(".py")) if path.exists()), None):
        return found
    holder = module.parent.with_suffix(".py")
    return holder if holder.exists() and module.name in holder.read_text(encoding="utf-8") else None


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
    text = "See `scores/api/`, `scores/urls.py`, `scores.models`, `script/test -x`, `text/html` and `/api/v1/docs`.\n"
    assert list(paths_named(text)) == ["scores/api/", "scores/urls.py", "scores.models", "script/test"]
    assert len([path for page in PAGES for path in paths_named(page.read_text(encoding="utf-8"))]) > 100


@pytest.mark.parametrize("name", NAMES)
def test_each_path_that_a_page_names_exists(name: str) -> None:
    named = set(paths_named((ROOT / name).read_text(encoding="utf-8")))
    assert {path for path in named if find(path) is None} == set()


def rows_of_the_guide() -> list[tuple[str, str]]:
    """The question and the answer of each row of docs/find-your-way.md, the file to open included."""
    text = (ROOT / "docs" / "find-your-way.md").read_text(encoding="utf-8")
    return re.findall(r"^\| (.*\?) \| (.*) \|$", text, re.MULTILINE)


def text_of(path: Path) -> str:
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_the_guide_answers_fourteen_questions() -> None:
    assert len(rows_of_the_guide()) == 14


@pytest.mark.parametrize(("question", "answer"), rows_of_the_guide())
def test_the_files_of_an_answer_have_the_names_that_it_names(question: str, answer: str) -> None:
    paths = list(filter(None, map(find, paths_named(answer))))
    names = set(CODE.findall(answer)) - set(paths_named(answer))
    text = "\n".join(map(text_of, paths))
    assert names
    assert {name for name in names if name not in text} == set()


@pytest.mark.parametrize("name", NAMES)
def test_each_link_leads_somewhere(name: str) -> None:
    links = {link for link in LINK.findall((ROOT / name).read_text(encoding="utf-8")) if "://" not in link}
    assert {link for link in links if is_broken(ROOT / name, link)} == set()


@pytest.mark.parametrize("name", NAMES)
def test_prose_fits_on_a_screen(name: str) -> None:
    prose = FENCE.sub("", (ROOT / name).read_text(encoding="utf-8")).splitlines()
    assert [line for line in prose if len(line) > LONGEST_LINE and not line.startswith("|")] == []
