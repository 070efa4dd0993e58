"""API5:2023 Broken Function Level Authorization: what moderators, servers and staff may do, no one else can."""

import pytest

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.game import Game
from scores.models import UserScore

TESTED_ELSEWHERE = [
    "scoreboard_project/tests/security/test_matrix.py::test_each_caller_gets_into_what_it_may_and_nowhere_else",
    "scoreboard_project/tests/security/test_matrix.py::test_only_staff_get_into_the_admin",
    "scoreboard_project/tests/security/test_operator_addresses.py::test_operators_see_them",
    "action_types/tests/test_admin.py::test_it_needs_the_permission",
]


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_no_header_changes_the_method(game: Game, header: str) -> None:
    headers = {**ANA.bearer(), header: "PUT", "Content-Type": "application/json"}
    answer = game.send("POST", "scores/update", headers=headers, content=b'{"actionType":"LEVEL_COMPLETE"}')
    assert answer.failed_with(405, "METHOD_NOT_ALLOWED")
    assert not UserScore.objects.exists()


@pytest.mark.parametrize("header", ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-User-Id"])
def test_no_header_changes_the_address_or_the_user(game: Game, header: str) -> None:
    game.update(ANA)
    for value in ("/admin/", "/api/v1/users/ana/hide", "ana"):
        answer = game.send("GET", "action-types", headers={header: value})
        assert answer.status == 200
        assert "actionTypes" in answer.data
        assert game.send("GET", "users/ana/scores/history", headers={header: value}).status == 401


@pytest.mark.parametrize("scope", ["scores:*", "*", "admin", "SCORES:MODERATE", "scores:moderate:x", "scores"])
def test_a_scope_counts_only_as_it_is_written(game: Game, scope: str) -> None:
    headers = {**ANA.bearer(scope), "Content-Type": "application/json"}
    answer = game.send("POST", "users/ana/hide", headers=headers, content=b'{"reason":"x"}')
    assert answer.failed_with(403, "PERMISSION_DENIED")
