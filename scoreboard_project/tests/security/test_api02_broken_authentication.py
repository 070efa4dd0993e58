"""API2:2023 Broken Authentication: no token that is not ours is valid, and nobody can guess or keep one."""

from typing import Any

import pytest

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.game import Game
from scoreboard_project.tokens.tokens import issue_access_token

TESTED_ELSEWHERE = [
    "scoreboard_project/tokens/tests/test_tokens.py::test_it_refuses_the_algorithm_none",
    "scoreboard_project/tokens/tests/test_tokens.py::test_it_refuses_a_public_key_used_as_a_secret",
    "scoreboard_project/tokens/tests/test_tokens.py::test_it_refuses_every_token_cut_short_or_changed",
    "scoreboard_project/tokens/tests/test_refresh_families.py::test_without_grace_exactly_one_of_many_at_once_succeeds",
    "scoreboard_project/limits/tests/test_account_limit.py::test_an_unknown_name_costs_as_much_hashing",
    "scoreboard_project/tests/security/test_key_rotation.py::test_a_retired_key_refuses_its_tokens_at_once",
    "scoreboard_project/tests/security/test_turnover.py::test_under_load_two_processes_refuse_who_is_refused_and_nobody_else",
    "scores/tests/trust/test_revoked_tokens.py::test_another_process_refuses_as_soon_as_it_returns",
    "live/tests/test_authentication.py::test_the_socket_closes_when_its_token_expires",
    "live/tests/test_no_token_in_logs.py::test_whatever_a_client_does_its_credentials_are_not_logged",
]


@pytest.mark.parametrize("place", ["?token={}", "?access_token={}", "?authorization=Bearer%20{}"])
def test_a_token_in_an_address_opens_nothing_of_the_api(game: Game, place: str) -> None:
    token = issue_access_token(user_id="ana", username="Ana")
    assert game.get(f"users/ana/scores/history{place.format(token)}").failed_with(401, "INVALID_TOKEN")


def test_a_session_of_the_admin_is_no_token(game: Game, admin_session: Any) -> None:
    answer = admin_session.put("/api/v1/scores/update", b'{"actionType":"LEVEL_COMPLETE"}', "application/json")
    assert answer.status_code == 401


def test_of_two_tokens_none_counts(game: Game) -> None:
    both = f"{ANA.bearer()['Authorization']}, {ANA.bearer()['Authorization']}"
    answer = game.send("GET", "users/ana/scores/history", headers={"Authorization": both})
    assert answer.failed_with(401, "INVALID_TOKEN")
