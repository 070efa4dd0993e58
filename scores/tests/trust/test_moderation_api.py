"""Moderators act through the API with the scope `scores:moderate`; whoever lacks it changes nothing."""

from typing import Any

import msgspec
import pytest

from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.cast import ANA, BOB, Player
from scoreboard_project.testing.game import Answer, Game

MOD = Player("mod-1", "Moderator")


def post(game: Game, path: str, body: Any = None, scope: str = "scores:moderate", **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    sent = {"Content-Type": "application/json", **MOD.bearer(scope), **headers}
    return game.send("POST", path, headers=sent, content=content)


def test_a_user_is_hidden_and_shown(game: Game) -> None:
    game.update(ANA)
    assert post(game, "users/ana/hide", {"reason": "a cheat"}).data == {
        "userId": "ana",
        "changed": True,
        "hasScored": True,
        "isHidden": True,
        "isBanned": False,
        "isHeld": False,
    }
    assert game.board() == []
    assert post(game, "users/ana/hide", {"reason": "a cheat"}).data["changed"] is False
    assert post(game, "users/ana/show", {"reason": "a mistake"}).data["changed"] is True
    assert len(game.board()) == 1


def test_a_user_is_banned_and_unbanned(game: Game) -> None:
    banned = post(game, "users/ana/ban", {"reason": "a cheat"}).data
    assert (banned["changed"], banned["isBanned"], banned["hasScored"]) == (True, True, False)
    assert game.update(ANA).failed_with(403, "PERMISSION_DENIED")
    assert post(game, "users/ana/unban", {"reason": "a mistake"}).data["changed"] is True
    assert game.update(ANA).status == 200


def test_the_audit_says_who_why_and_from_where(game: Game) -> None:
    game.update(ANA)
    post(game, "users/ana/hide", {"reason": "a cheat"}, **{"X-Request-ID": "req-1"})
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.origin, entry.request_id) == ("token:mod-1", "127.0.0.1", "req-1")
    assert (entry.what, entry.target, entry.why) == ("user.hidden", "user:ana", "a cheat")
    assert (entry.old, entry.new) == (
        {"isHidden": False, "isBanned": False},
        {"isHidden": True, "isBanned": False},
    )


def test_events_are_previewed_reversed_and_restored(game: Game) -> None:
    game.update(ANA)
    game.update(ANA)
    game.update(BOB)
    chosen = {"userId": "ana", "reason": "a cheat"}
    preview = post(game, "moderations", {**chosen, "dryRun": True}).data
    assert (preview["events"], preview["users"], preview["points"], preview["alreadyReversed"]) == (2, 1, -300, 0)
    assert [(row["rank"], row["userId"], row["score"]) for row in preview["leaderboard"]] == [
        (1, "bob", 150),
        (2, "ana", 0),
    ]
    assert game.board()[0]["score"] == 300
    done = post(game, "moderations", chosen).data
    assert (done["events"], done["points"]) == (2, -300)
    assert post(game, f"moderations/{done['moderationId']}/run").data["events"] == 0
    undone = post(game, f"moderations/{done['moderationId']}/undo", {"reason": "a mistake"}).data
    assert (undone["events"], undone["points"]) == (2, 300)
    assert game.board()[0]["score"] == 300
    assert post(game, f"moderations/{done['moderationId']}/run").failed_with(400, "INVALID_REQUEST")


def test_users_do_not_read_reasons(game: Game) -> None:
    game.update(ANA)
    post(game, "users/ana/award", {"points": -50, "reason": "bob says that ana cheats"})
    post(game, "moderations", {"userId": "ana", "reason": "bob says that ana cheats"})
    history = game.get("users/ana/scores/history", ANA)
    assert len(history.data["events"]) == 4
    assert b"bob" not in history.content
    assert {"reverses", "moderation"} == set(history.data["events"][0]["metadata"])


def test_everything_from_an_address_is_reversed(game: Game) -> None:
    game.update(ANA)
    game.update(BOB)
    BOB.act()
    chosen = {"ipAddress": "127.0.0.1", "since": "2020-01-01T00:00:00Z", "reason": "bots"}
    assert post(game, "moderations", {**chosen, "dryRun": True}).data["users"] == 2
    done = post(game, "moderations", chosen).data
    assert (done["events"], done["points"]) == (2, -300)
    assert [(row["userId"], row["score"]) for row in game.board()] == [("bob", 150), ("ana", 0)]
    post(game, f"moderations/{done['moderationId']}/undo", {"reason": "a school"})
    assert [row["score"] for row in game.board()] == [300, 150]


def test_an_award_counts_once_for_each_key(game: Game) -> None:
    game.update(ANA)
    for _ in range(2):
        sent = {"points": -50, "reason": "a double"}
        answer = post(game, "users/ana/award", sent, **{"Idempotency-Key": "ticket-7"})
        assert (answer.data["points"], answer.data["newScore"]) == (-50, 100)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("users/ana/hide", {}),
        ("users/ana/ban", {}),
        ("users/ana/award", {"points": 5}),
        ("moderations", {"userId": "ana"}),
        ("moderations/x/undo", {}),
    ],
)
def test_it_needs_the_scope_and_a_reason(game: Game, path: str, more: dict[str, Any]) -> None:
    game.update(ANA)
    body = {"reason": "x", **more}
    assert post(game, path, body, scope="scores:write:any").failed_with(403, "PERMISSION_DENIED")
    assert post(game, path, more).failed_with(400, "MISSING_REQUIRED_FIELDS")
    assert game.board()[0]["score"] == 150
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("users/nobody/hide", {"reason": "x"}, 404),
        ("users/a%00b/hide", {"reason": "x"}, 404),
        ("users/a%00b/ban", {"reason": "x"}, 404),
        (f"users/{'x' * 300}/ban", {"reason": "x"}, 404),
        ("users/nobody/unban", {"reason": "x"}, 404),
        ("users/a%00b/award", {"reason": "x", "points": 5}, 404),
        ("users/ana/award", {"reason": "x", "points": 0}, 400),
        ("users/ana/award", {"reason": "x", "points": 2**60}, 400),
        ("users/ana/award", {"reason": "x", "points": 2**53}, 422),
        ("users/ana/hide", {"reason": "a\nb"}, 400),
        ("users/ana/hide", b"{", 400),
        ("moderations", {"reason": "x"}, 400),
        ("moderations", {"reason": "x", "ipAddress": "203.0.113.9"}, 400),
        ("moderations", {"reason": "x", "userId": "ana", "since": "yesterday"}, 400),
        ("moderations", {"reason": "x", "userId": "ana", "since": "0001-01-01T00:00:00+14:00"}, 400),
        ("moderations", {"reason": "x", "actionIds": []}, 400),
        ("moderations/nothing/run", None, 404),
        ("moderations/a%00b/undo", {"reason": "x"}, 404),
    ],
)
def test_it_says_what_is_wrong(game: Game, path: str, body: Any, status: int) -> None:
    game.update(ANA)
    answer = post(game, path, body)
    assert answer.status == status
    assert answer.error
