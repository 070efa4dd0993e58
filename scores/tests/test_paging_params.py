"""`limit` and `offset`: one whole number in ASCII digits within its range, or 400."""

import pytest

from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.game import Game

NOT_WHOLE_NUMBERS = [
    "",
    "-1",
    "-0",
    "+1",
    "1e3",
    "1.0",
    "1_0",
    "0x10",
    "%201",
    "1%20",
    "1%0A",
    "%D9%A1%D9%A0",
    "%EF%BC%91",
    "%C2%B2",
    "abc",
    "null",
    "NaN",
    "1,2",
    "%00",
    "%FF",
    "100000000000000000000",
    "9" * 5000,
]


@pytest.mark.parametrize("value", ["0", "101", "1000000", *NOT_WHOLE_NUMBERS])
def test_a_bad_limit_of_the_board_is_refused(game: Game, value: str) -> None:
    assert game.get(f"scoreboard?limit={value}").failed_with(400, "INVALID_LIMIT")


@pytest.mark.parametrize("value", ["9007199254740993", *NOT_WHOLE_NUMBERS])
def test_a_bad_offset_of_the_board_is_refused(game: Game, value: str) -> None:
    answer = game.get(f"scoreboard?offset={value}")
    assert answer.failed_with(400, "INVALID_LIMIT")
    assert answer.error["details"]["parameter"] == "offset"


@pytest.mark.parametrize("query", ["limit=1&limit=1", "limit=1&limit=", "offset=0&offset=0"])
def test_a_repeated_parameter_is_refused(game: Game, query: str) -> None:
    assert game.get(f"scoreboard?{query}").failed_with(400, "INVALID_LIMIT")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=1e3", "offset=-1", "offset=", "limit=5&limit=5"])
def test_a_bad_page_of_a_history_is_refused(game: Game, ana: Player, query: str) -> None:
    ana.act()
    assert game.get(f"users/ana/scores/history?{query}", ana).failed_with(400, "INVALID_LIMIT")


@pytest.mark.parametrize(
    "query", ["limit=1", "limit=100", "limit=007", "offset=9007199254740992", "limit=100&offset=1"]
)
def test_the_ends_of_the_ranges_are_allowed(game: Game, ana: Player, query: str) -> None:
    ana.act()
    assert game.get(f"scoreboard?{query}").status == 200


def test_the_ends_of_a_history_are_allowed(game: Game, ana: Player) -> None:
    ana.act()
    data = game.get("users/ana/scores/history?limit=200&offset=9007199254740992", ana).data
    assert data["pagination"] == {"limit": 200, "offset": 9007199254740992, "total": 1, "hasMore": False}
