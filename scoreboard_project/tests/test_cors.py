"""Pages of other origins and the API: none may read it unless it is listed, and then its errors too."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from scoreboard_project.api.cors import cors_headers
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.game import Answer, Game

GAME = "https://game.example"
ALLOW = "Access-Control-Allow-Origin"
PREFLIGHT_HEADERS = "authorization,content-type,idempotency-key,if-none-match,x-request-id"
PATHS = [
    "scores/update",
    "scores/batch",
    "scoreboard",
    "live/ticket",
    "live/viewer-token",
    "auth/token",
    "action-types",
]


@pytest.fixture
def listed(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [GAME, "https://*.games.example", "capacitor://localhost"]


def preflight(game: Game, path: str, *, origin: str = GAME, method: str = "PUT") -> Answer:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": PREFLIGHT_HEADERS}
    return game.send("OPTIONS", path, headers={"Origin": origin, **asked})


def words(header: str) -> set[str]:
    return {word.strip().lower() for word in header.split(",")}


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_needs_no_token(listed: None, game: Game, path: str) -> None:
    answer = preflight(game, path)
    assert answer.status == 200
    assert answer.headers[ALLOW] == GAME
    assert words(PREFLIGHT_HEADERS) <= words(answer.headers["Access-Control-Allow-Headers"])
    assert {"get", "put", "post"} <= words(answer.headers["Access-Control-Allow-Methods"])
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    "origin", [GAME, "https://a.games.example", "capacitor://localhost", "https://game.example:443"]
)
def test_a_listed_page_reads_the_answer_and_its_headers(listed: None, game: Game, origin: str) -> None:
    answer = game.update(ANA, Origin=origin)
    assert answer.data["newScore"] == 150
    assert answer.headers[ALLOW] == origin
    exposed = words(answer.headers["Access-Control-Expose-Headers"])
    assert exposed == {"x-request-id", "idempotency-replayed", "retry-after", "etag"}


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("PUT scores/update", {}, 401),
        ("PUT scores/update", {"Authorization": "Bearer x.y.z"}, 401),
        ("GET users/nobody/scores", {}, 404),
        ("GET nothing-is-here", {}, 404),
        ("GET scoreboard?limit=0", {}, 400),
        ("GET scoreboard", {"X-Request-ID": "not valid"}, 400),
        ("DELETE scoreboard", {}, 405),
        ("GET scoreboard", {"Host": "unknown.example"}, 400),
        ("GET /.well-known/jwks.json", {}, 200),
    ],
)
def test_a_listed_page_reads_errors_too(
    listed: None, game: Game, request_line: str, headers: dict[str, str], status: int
) -> None:
    answer = game.send(*request_line.split(), headers={"Origin": GAME, **headers})
    assert (answer.status, answer.headers[ALLOW]) == (status, GAME)


def test_a_listed_page_reads_when_to_come_back(listed: None, game: Game, settings: Settings) -> None:
    settings.SCORE_UPDATES_PER_MINUTE = 1
    game.update(ANA)
    answer = game.update(ANA, Origin=GAME)
    assert (answer.status, answer.headers[ALLOW]) == (429, GAME)
    assert "retry-after" in words(answer.headers["Access-Control-Expose-Headers"])


def test_a_listed_page_reads_that_its_board_is_unchanged(listed: None, game: Game) -> None:
    etag = game.get("scoreboard", Origin=GAME).headers["ETag"]
    answer = game.get("scoreboard", Origin=GAME, If_None_Match=etag)
    assert (answer.status, answer.headers[ALLOW]) == (304, GAME)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://game.example", "https://game.example.evil"])
def test_another_page_reads_nothing(listed: None, game: Game, origin: str) -> None:
    for answer in (preflight(game, "scores/update", origin=origin), game.get("scoreboard", Origin=origin)):
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_caches_keep_the_answers_apart(listed: None, game: Game) -> None:
    assert words(game.get("scoreboard").headers["Vary"]) == {"accept-encoding", "origin"}


def test_it_is_closed_by_default(game: Game) -> None:
    answer = game.get("scoreboard", Origin=GAME)
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    assert words(answer.headers["Vary"]) == {"accept-encoding"}
    assert preflight(game, "scores/update").status == 405
    assert preflight(game, "scoreboard").status == 405


def test_pages_and_the_admin_stay_closed(listed: None, game: Game) -> None:
    for path in ("/", "/admin/login/", "/players/ana", "/healthz"):
        assert ALLOW not in game.get(path, Origin=GAME).headers


@pytest.mark.parametrize("origin", [GAME, "https://evil.example", None])
def test_the_function_and_the_middleware_say_the_same(listed: None, game: Game, origin: str | None) -> None:
    sent: dict[str, Any] = {} if origin is None else {"Origin": origin}
    answer = game.get("action-types", **sent)
    found = {
        name.title(): value for name, value in answer.headers.items() if name.lower().startswith(("access", "vary"))
    }
    assert found == cors_headers(origin)
