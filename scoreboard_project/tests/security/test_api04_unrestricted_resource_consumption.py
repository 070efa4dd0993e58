"""API4:2023 Unrestricted Resource Consumption: whatever a client asks for costs a bounded amount."""

import pytest

from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.game import Game

TESTED_ELSEWHERE = [
    "scoreboard_project/limits/tests/test_account_limit.py::test_it_counts_in_memory_while_redis_is_away",
    "scores/tests/test_score_batch.py::test_a_body_over_4_mib_is_refused",
    "scores/tests/test_metadata.py::test_metadata_that_breaks_a_rule_is_refused",
    "action_types/tests/test_metadata_schemas.py::test_a_costly_schema_answers_soon",
    "live/tests/test_limits.py::test_too_many_messages_close_the_socket",
    "live/tests/test_limits.py::test_a_socket_over_the_limit_is_closed_until_another_leaves",
    "scoreboard_project/tests/gateway/test_limits.py::test_many_reads_from_one_address_are_refused_in_the_envelope",
    "scoreboard_project/tokens/tests/test_outside_keys.py::test_unknown_keys_do_not_make_the_issuer_a_target",
]


@pytest.mark.parametrize(
    "path",
    [
        *("scoreboard?limit=101", "scoreboard?limit=1000000000000", "scoreboard?offset=-1", "scoreboard?limit=1e9"),
        *("scoreboard/around/ana?radius=51", "users/ana/scores/daily?days=366"),
    ],
)
def test_no_page_is_larger_than_its_limit(game: Game, path: str) -> None:
    game.update(ANA)
    assert game.get(path).failed_with(400, "INVALID_LIMIT")


def test_a_body_beyond_its_limit_is_refused_before_it_is_read(game: Game) -> None:
    assert game.update(ANA, b"[" * (64 * 1024 + 1)).failed_with(413, "PAYLOAD_TOO_LARGE")
    assert game.update(ANA, b"[" * (64 * 1024)).failed_with(400, "INVALID_REQUEST")
