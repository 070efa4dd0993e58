"""The lowest packages do not name any app, neither in imports nor in text: apps register their metrics themselves."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1]
LEAVES = ("runtime", "api", "limits", "audit", "tokens")
SOURCES = sorted(path for leaf in LEAVES for path in (PACKAGE / leaf).rglob("*.py") if path.parent.name != "tests")
APPS = ("scores", "leaderboard", "live", "action_types")
# An app's name alone, or as the first part of a dotted name or path. Scopes such as `scores:read:any` are allowed.
NAMES_AN_APP = re.compile(r"(?<![\w./:-])(?:{0})[./]\w|\A(?:{0})\Z".format("|".join(APPS)))


def words_of(source: str) -> Iterator[str]:
    """Every imported module, and every string constant."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module
            case ast.Constant(value=str(text)):
                yield text


def apps_named_in(source: str) -> list[str]:
    return [word for word in words_of(source) if NAMES_AN_APP.search(word)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_leaf_names_an_app(source: Path) -> None:
    assert apps_named_in(source.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "import scores.models",
        "from live.counts import metrics",
        "from action_types import selectors",
        "model = apps.get_model('scores', 'ScoreEvent')",
        "permission = 'scores.view_scoreevent'",
        "ws = '--ws=live.sockets.protocol:LiveWebSocketProtocol'",
        "def f(): 'See leaderboard/scripts.py.'",
        "path = f'leaderboard/lua/{name}.lua'",
    ],
)
def test_it_would_be_noticed(line: str) -> None:
    assert apps_named_in(line)


@pytest.mark.parametrize(
    "line",
    [
        "scope = 'scores:read:any'",
        "log = logging.getLogger('scoreboard.live')",
        "address = '/api/v1/scores/update'",
        "def f(): 'The scores. A live board.'",
    ],
)
def test_the_contracts_own_words_are_allowed(line: str) -> None:
    assert apps_named_in(line) == []
