"""A user id in a URL may be any text."""

import pytest

from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.game import Game


@pytest.mark.parametrize("user_id", ["%00", "a%00b", "%ED%A0%80", "%FF", "a%2Fb", "a%20b", "x" * 5000, "%2e%2e"])
def test_it_finds_nobody_by_an_odd_user_id(server: str, scoreboard: None, ana: Player, user_id: str) -> None:
    with Game(server) as game:
        answer = game.get(f"users/{user_id}/scores/history", ana, "scores:read:any")
    assert answer.failed_with(404, "USER_NOT_FOUND")
