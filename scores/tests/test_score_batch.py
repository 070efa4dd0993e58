"""`POST /api/v1/scores/batch`: one result per item, all valid items or none are stored, and repeating is safe."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import Sum
from pytest_django.fixtures import Settings

from scoreboard_project.testing.cast import ANA, SERVER, crowd
from scoreboard_project.testing.game import Answer, Game
from scoreboard_project.testing.servers.api_server import database_address
from scoreboard_project.testing.threads import in_threads, started
from scoreboard_project.testing.waiting import wait_for
from scores.models import ScoreEvent, ScoreRequest, UserScore
from scores.ranks.drift import check_rank_index


def item(user_id: str, request_id: str, action_type: str = "DAILY_BONUS", **more: Any) -> dict[str, Any]:
    return {"userId": user_id, "requestId": request_id, "actionType": action_type, **more}


def outcomes(answer: Answer) -> list[str]:
    """`applied`, `replayed`, or the code of the error."""
    return [
        result["error"]["code"] if result["status"] == "error" else result["status"]
        for result in answer.data["results"]
    ]


def test_an_applied_item_is_answered_like_an_update(game: Game) -> None:
    (result,) = game.batch([item("ana", "r1", username="Ana", metadata={"level": 5})]).data["results"]
    assert result.keys() == {
        *("status", "userId", "actionId", "requestId", "newScore", "scoreIncrement", "newRank", "previousRank"),
        *("actionType", "processedAt"),
    }
    assert (result["status"], result["newScore"], result["newRank"], result["previousRank"]) == ("applied", 50, 1, None)
    assert ScoreEvent.objects.get().metadata == {"level": 5}
    assert UserScore.objects.get().username == "Ana"


def test_a_thousand_of_every_kind_have_each_their_answer(game: Game) -> None:
    game.batch([item(f"user-{number}", "earlier") for number in range(100)])
    items, expected = [], []
    for number in range(125):
        user = f"user-{number % 100}"
        items += [
            item(user, f"r{number}"),
            item(user, f"r{number}"),  # the same once more
            item(user, f"r{number}", "BOSS_DEFEAT"),  # the id with another body
            item(user, "earlier"),
            item(user, f"unknown-{number}", "NOPE"),
            item(user, f"bad-{number}", metadata={"a": 2**60}),
            {"userId": user, "requestId": f"missing-{number}"},
            item(user, f"second-{number}", "BOSS_DEFEAT"),
        ]
        expected += [
            *("applied", "replayed", "IDEMPOTENCY_KEY_REUSED", "replayed"),
            *("INVALID_ACTION_TYPE", "INVALID_METADATA", "MISSING_REQUIRED_FIELDS", "applied"),
        ]
    assert outcomes(game.batch(items)) == expected
    assert UserScore.objects.aggregate(sum=Sum("current_score"))["sum"] == 100 * 50 + 125 * 1050
    assert ScoreEvent.objects.count() == ScoreRequest.objects.count() == 100 + 250
    again = outcomes(game.batch(items))
    assert "applied" not in again
    assert again.count("replayed") == 4 * 125
    assert check_rank_index().is_clean


def test_items_of_one_user_apply_in_order(game: Game) -> None:
    results = game.batch([item("ana", f"r{number}") for number in range(5)]).data["results"]
    assert [result["newScore"] for result in results] == [50, 100, 150, 200, 250]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (None, "INVALID_REQUEST"),
        (7, "INVALID_REQUEST"),
        ([], "INVALID_REQUEST"),
        ({}, "MISSING_REQUIRED_FIELDS"),
        (item("", "r1"), "INVALID_REQUEST"),
        (item("x" * 256, "r1"), "INVALID_REQUEST"),
        (item("a\u0000", "r1"), "INVALID_REQUEST"),
        (item("ana", "a b"), "INVALID_REQUEST"),
        (item("ana", "x" * 129), "INVALID_REQUEST"),
        ({**item("ana", "r1"), "userId": 7}, "INVALID_REQUEST"),
        ({**item("ana", "r1"), "requestId": None}, "MISSING_REQUIRED_FIELDS"),
        (item("ana", "r1", username="x" * 101), "INVALID_REQUEST"),
        (item("ana", "r1", username="  "), "INVALID_REQUEST"),
        (item("ana", "r1", username="\u202eana"), "INVALID_REQUEST"),
        (item("ana", "r1", username="\u200b"), "INVALID_REQUEST"),
        (item("ana", "r1", score=1_000_000), "INVALID_REQUEST"),
        (item("ana", "r1", points=1_000_000), "INVALID_REQUEST"),
        (item("ana", "r1", metadata=[]), "INVALID_METADATA"),
    ],
)
def test_a_bad_item_fails_alone(game: Game, bad: Any, code: str) -> None:
    assert outcomes(game.batch([item("bob", "r1"), bad, item("carol", "r1")])) == ["applied", code, "applied"]
    assert UserScore.objects.count() == 2


def test_an_unreadable_username_is_refused_with_a_reason(game: Game) -> None:
    (result,) = game.batch([item("ana", "r1", username="\u202eana")]).data["results"]
    assert result["error"]["message"].startswith("username must be visible text, but it has the character U+202E")


def test_a_username_is_stored_in_nfc(game: Game) -> None:
    game.batch([item("ana", "r1", username="Zoe\u0308")])
    assert UserScore.objects.get().username == "Zo\u00eb"


@pytest.mark.parametrize(("user_id", "shown"), [("\u202eana", "ana"), ("\u200b", "(no name)"), ("a" * 255, "a" * 100)])
def test_a_user_without_a_name_is_shown_by_what_can_be_read_of_the_id(game: Game, user_id: str, shown: str) -> None:
    game.batch([item(user_id, "r1")])
    assert UserScore.objects.get(user_id=user_id).username == shown


@pytest.mark.parametrize("actions", [[], {}, None, "x", [item("ana", f"r{number}") for number in range(1001)]])
def test_a_body_that_is_no_batch_is_refused(game: Game, actions: Any) -> None:
    answer = game.batch(actions)
    assert answer.status == 400
    assert answer.error["code"] in {"INVALID_REQUEST", "MISSING_REQUIRED_FIELDS"}
    assert not UserScore.objects.exists()


def test_it_wants_the_scope(game: Game) -> None:
    headers = {"Content-Type": "application/json", **ANA.bearer("scores:read:any")}
    assert game.send("POST", "scores/batch", headers=headers, content=b"{}").failed_with(403, "PERMISSION_DENIED")


def test_a_body_over_4_mib_is_refused(game: Game) -> None:
    headers = {"Content-Type": "application/json", **SERVER.bearer("scores:write:any")}
    body = b" " * (4 * 1024 * 1024 + 1)
    assert game.send("POST", "scores/batch", headers=headers, content=body).failed_with(413, "PAYLOAD_TOO_LARGE")


def test_a_server_has_a_limit_of_its_own(game: Game, settings: Settings) -> None:
    settings.BATCH_CALLS_PER_MINUTE = 2
    settings.SCORE_UPDATES_PER_MINUTE = 1
    statuses = [game.batch([item("ana", f"{call}-{number}") for number in range(5)]).status for call in range(3)]
    assert statuses == [200, 200, 429]
    assert UserScore.objects.get().total_actions == 10


@pytest.fixture
def a_locked_row(game: Game) -> Iterator[psycopg.Connection]:
    """Another connection locks the last user's row, so that a batch stops in the middle."""
    game.batch([item("crowd-020", "first")])
    with psycopg.connect(database_address()) as holder:
        holder.execute("SELECT * FROM users_scores WHERE user_id = 'crowd-020' FOR UPDATE")
        yield holder


def test_killed_in_the_middle_nothing_is_stored_and_the_repeat_finishes_it(
    game: Game, a_locked_row: psycopg.Connection, server: str
) -> None:
    items = [item(player.user_id, "r1") for player in crowd(20)]

    def send() -> Answer:
        with Game(server) as other:
            return other.batch(items)

    answer = started(send)
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with connection.cursor() as cursor:
        wait_for(lambda: (cursor.execute(waiting), cursor.fetchall())[1])
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM ({waiting}) AS found")
    assert answer().failed_with(503, "DATABASE_UNAVAILABLE")
    assert ScoreEvent.objects.count() == ScoreRequest.objects.count() == 1
    a_locked_row.rollback()
    assert outcomes(game.batch(items)) == ["applied"] * 20
    assert UserScore.objects.aggregate(sum=Sum("current_score"))["sum"] == 21 * 50


def test_two_hundred_batches_in_opposite_orders_meet_no_deadlock(scoreboard: None, server: str) -> None:
    players = crowd(25)

    def send(number: int) -> int:
        order = players if number % 2 else players[::-1]
        with Game(server) as game:
            return game.batch([item(player.user_id, f"r{number}") for player in order]).status

    assert set(in_threads(send, range(200), threads=8)) == {200}
    assert set(UserScore.objects.values_list("current_score", flat=True)) == {200 * 50}
