"""`GET /api/v1/users/{userId}/scores/history`: a user's own events, newest first."""

from urllib.parse import quote

import pytest

from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.game import Game
from scores.services.apply import apply_score_actions


def test_it_answers_as_specified(game: Game, ana: Player) -> None:
    update = game.update(ana, {"actionType": "LEVEL_COMPLETE", "metadata": {"level": 5, "timeCompleted": 45.2}}).data
    data = game.get("users/ana/scores/history", ana).data
    (event,) = data["events"]
    assert event.pop("eventId") == update["actionId"].replace("action_", "event_")
    assert event == {
        "actionId": update["actionId"],
        "actionType": "LEVEL_COMPLETE",
        "scoreIncrement": 150,
        "timestamp": update["processedAt"],
        "metadata": {"level": 5, "timeCompleted": 45.2},
    }
    assert data["userId"] == "ana"
    assert data["pagination"] == {"limit": 50, "offset": 0, "total": 1, "hasMore": False}


def test_it_is_newest_first_page_by_page(game: Game, ana: Player) -> None:
    made = [game.update(ana).data["actionId"] for _ in range(7)]
    pages = [game.get(f"users/ana/scores/history?limit=3&offset={offset}", ana).data for offset in (0, 3, 6, 9)]
    found = [event["actionId"] for page in pages for event in page["events"]]
    assert found == made[::-1]
    assert [page["pagination"]["hasMore"] for page in pages] == [True, True, False, False]
    assert {page["pagination"]["total"] for page in pages} == {7}


def test_events_of_one_batch_keep_their_order(game: Game, ana: Player) -> None:
    results = apply_score_actions([ana.action() for _ in range(200)])
    made = [result.recorded.action_id for result in results if result.recorded]
    found = [event["actionId"] for event in game.get("users/ana/scores/history?limit=200", ana).data["events"]]
    assert found == made[::-1]


def test_it_shows_no_events_of_others(game: Game, ana: Player, bob: Player) -> None:
    ana.act()
    bob.act()
    assert game.get("users/ana/scores/history", ana).data["pagination"]["total"] == 1


def test_addresses_and_user_agents_stay_inside(game: Game, ana: Player) -> None:
    game.update(ana, user_agent="Secret/1.0")
    answer = game.get("users/ana/scores/history", ana)
    assert b"Secret" not in answer.content
    assert b"127.0.0.1" not in answer.content


def test_a_token_with_the_scope_reads_anyone(game: Game, ana: Player, bob: Player) -> None:
    ana.act()
    assert game.get("users/ana/scores/history", bob, "scores:read:any").data["pagination"]["total"] == 1
    assert game.get("users/nobody/scores/history", bob, "scores:read:any").failed_with(404, "USER_NOT_FOUND")


ODD_IDS = ["a/b", "../ana", "a b", "a:b", "Zoë", "漢字", "100%", "a?b#c", "scores/history", "x" * 255, "'--", "{all}"]


@pytest.mark.parametrize("user_id", ODD_IDS)
def test_any_user_id_has_its_history(scoreboard: None, server: str, user_id: str) -> None:
    player = Player(user_id, "Odd")
    player.act()
    with Game(server) as game:
        answer = game.get(f"users/{quote(user_id, safe='')}/scores/history", player)
    assert answer.data["userId"] == user_id


@pytest.mark.parametrize("user_id", ["%00", "a%00b", "%ff", "%ed%a0%80", "x" * 3000, "%0A", "%20"])
def test_no_odd_user_id_is_a_failure_of_ours(scoreboard: None, server: str, ana: Player, user_id: str) -> None:
    with Game(server) as game:
        answer = game.get(f"users/{user_id}/scores/history", ana, "scores:read:any")
    assert answer.status == 404, answer.body
    assert answer.error["code"] in {"USER_NOT_FOUND", "NOT_FOUND"}
