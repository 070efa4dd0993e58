"""`GET /api/v1/scoreboard`: the specified answer, all its pages, and conditional and compressed requests."""

import gzip
from datetime import datetime
from http.client import HTTPConnection

import pytest

from leaderboard.board_keys import BOARD_LIMITS
from scoreboard_project.testing.cast import Player, crowd
from scoreboard_project.testing.game import Game
from scores.models import UserScore
from scores.services.apply import apply_score_actions

CROWD = 130


@pytest.fixture
def full_board(scoreboard: None) -> list[str]:
    """Many users, some with equal scores. Returns their ids in the board's order."""
    kinds = ["BOSS_DEFEAT", "LEVEL_COMPLETE", "LEVEL_COMPLETE", "DAILY_BONUS"]
    apply_score_actions([player.action(kinds[at % 4]) for at, player in enumerate(crowd(CROWD))])
    return list(UserScore.objects.order_by("-current_score", "last_updated", "user_id").values_list("pk", flat=True))


def test_it_answers_as_specified(game: Game, ana: Player) -> None:
    moment = game.update(ana).data["processedAt"]
    data = game.get("scoreboard").data
    assert datetime.fromisoformat(data.pop("lastRefresh")) >= datetime.fromisoformat(moment)
    assert data == {
        "leaderboard": [{"rank": 1, "userId": "ana", "username": "Ana", "score": 150, "lastUpdated": moment}],
        "pagination": {"limit": 10, "offset": 0, "total": 1, "hasMore": False},
    }


def test_an_empty_board_is_a_board(game: Game) -> None:
    for query in ("", "?offset=5", "?limit=100&offset=5000"):
        data = game.get(f"scoreboard{query}").data
        assert data["leaderboard"] == []
        assert (data["pagination"]["total"], data["pagination"]["hasMore"]) == (0, False)


PAGES = [
    (10, 0), (1, 0), (7, 3), (10, 10), (25, 0), (26, 0), (50, 50), (100, 0),
    (100, 1), (10, 95), (10, 120), (10, 125), (100, 30), (10, 130), (10, 5000),
]  # fmt: skip


@pytest.mark.parametrize(("limit", "offset"), PAGES)
def test_any_page_holds_its_rows(game: Game, full_board: list[str], limit: int, offset: int) -> None:
    data = game.get(f"scoreboard?limit={limit}&offset={offset}").data
    found = [(row["rank"], row["userId"]) for row in data["leaderboard"]]
    assert found == list(enumerate(full_board, start=1))[offset : offset + limit]
    assert data["pagination"] == {
        "limit": limit,
        "offset": offset,
        "total": CROWD,
        "hasMore": offset + limit < CROWD,
    }


def test_each_size_shows_the_next_change_at_once(game: Game, full_board: list[str], ana: Player) -> None:
    game.update(ana, {"actionType": "BOSS_DEFEAT"})
    for limit in (*BOARD_LIMITS, 3, 30):
        before = game.board(limit)
        game.update(ana, {"actionType": "BOSS_DEFEAT"})
        assert game.board(limit) != before


def test_a_page_that_is_still_the_same_is_not_sent_again(game: Game, ana: Player) -> None:
    game.update(ana)
    first = game.get("scoreboard")
    again = game.get("scoreboard", if_none_match=first.headers["ETag"])
    assert (again.status, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["X-Request-ID"]
    game.update(ana)
    changed = game.get("scoreboard", if_none_match=first.headers["ETag"])
    assert (changed.status, changed.data["leaderboard"][0]["score"]) == (200, 300)


@pytest.mark.parametrize("path", ["scoreboard?limit=100", "scoreboard?limit=100&offset=20"])
def test_it_is_compressed_only_when_asked_for(game: Game, full_board: list[str], path: str) -> None:
    plain = game.send("GET", path, headers={"Accept-Encoding": "identity"})
    zipped = game.send("GET", path, headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert int(zipped.headers["Content-Length"]) < len(plain.content) / 3
    assert zipped.data["leaderboard"] == plain.data["leaderboard"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    refused = game.send("GET", path, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


@pytest.mark.parametrize(
    ("accepted", "is_zipped"),
    [
        ("gzip", True),
        ("*", True),
        ("*;q=0.1", True),
        ("GZIP; Q=0.5", True),
        ("x-gzip", True),
        ("gzip;q=1.0, identity;q=0.5", True),
        ("*;q=0, gzip", True),
        ("*, gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=0.000", False),
        ("identity, gzip;q=0.5", False),
        ("identity;q=1, *;q=0.5", False),
        ("*;q=0", False),
        ("br, deflate", False),
        ("gzip;q=much", False),
        ("gzip;q=2", False),
        ("gzip, gzip;q=0", False),
        ("", False),
    ],
)
def test_it_is_compressed_as_the_client_weighs_it(
    game: Game, full_board: list[str], accepted: str, is_zipped: bool
) -> None:
    answer = game.send("GET", "scoreboard?limit=100", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == ("gzip" if is_zipped else None)
    assert len(answer.data["leaderboard"]) == 100


def test_a_small_page_is_compressed_only_for_those_who_take_nothing_else(game: Game) -> None:
    for accepted, coding in (("gzip", None), ("gzip, identity;q=0", "gzip"), ("gzip, *;q=0", "gzip")):
        answer = game.send("GET", "scoreboard", headers={"Accept-Encoding": accepted})
        assert answer.headers.get("Content-Encoding") == coding
        assert answer.data["leaderboard"] == []


def test_head_answers_without_a_body(server: str, full_board: list[str]) -> None:
    with Game(server) as game:
        answer = game.send("HEAD", "scoreboard")
    assert (answer.status, answer.content) == (200, b"")
    assert answer.headers["ETag"]


def test_the_compressed_bytes_are_the_plain_ones(server: str, full_board: list[str]) -> None:
    connection = HTTPConnection(server.removeprefix("http://"))
    connection.request("GET", "/api/v1/scoreboard?limit=100", headers={"Accept-Encoding": "gzip"})
    zipped = connection.getresponse().read()
    connection.request("GET", "/api/v1/scoreboard?limit=100")
    plain = connection.getresponse().read()
    connection.close()
    assert gzip.decompress(zipped) == plain


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", 'quote " and \\', "Zoë 🎉", "محمد"])
def test_any_name_comes_back_as_it_is(game: Game, name: str) -> None:
    game.update(Player("ana", name))
    assert game.board()[0]["username"] == name
    assert game.board()[0]["username"] == name
