"""Each error code of the API: a request that causes it, and the whole envelope of the answer."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import connection

from action_types.models import ActionType
from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.api_server import database_address, running_server
from scoreboard_project.testing.threads import started
from scoreboard_project.testing.waiting import someone_waits_for_a_lock, wait_for
from scores.models import MAX_SCORE, ScoreEvent, ScoreRequest, UserScore


def test_it_reports_missing_required_fields(game: Game, ana: Player) -> None:
    answer = game.update(ana, {"metadata": {}})
    assert answer.failed_with(400, "MISSING_REQUIRED_FIELDS")
    assert answer.error["details"] == {"fields": ["actionType"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"actionType": "LEVEL_COMPLETE", "actionType": "BOSS_DEFEAT"}',
        b'{"actionType": "LEVEL_COMPLETE", "metadata": {"a": 1, "a": 2}}',
        b'{"actionType": NaN}',
        b'{"actionType": "LEVEL_COMPLETE", "metadata": {"a": Infinity}}',
        b'{"actionType": "LEVEL_COMPLETE"} extra',
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b"[]",
        b"null",
        b"1",
        b'"LEVEL_COMPLETE"',
        b'{"actionType": "LEVEL_COMPLETE", "score": 9000}',
        b'{"actionType": "LEVEL_COMPLETE", "\\ud800": 1}',
        b'{"actionType": 5}',
        b'{"actionType": 1e999}',
        b'{"actionType": ["LEVEL_COMPLETE"]}',
        b'{"actionType": ""}',
        b'{"actionType": "LEVEL\\u0000"}',
        b'{"actionType": "\\ud800"}',
        b'{"actionType": "' + b"A" * 51 + b'"}',
    ],
)
def test_it_reports_invalid_request(game: Game, ana: Player, body: bytes) -> None:
    answer = game.update(ana, body)
    # An empty body lacks the field; all others do not have the documented shape.
    assert answer.failed_with(400, "INVALID_REQUEST" if body else "MISSING_REQUIRED_FIELDS")
    assert not ScoreRequest.objects.exists()


@pytest.mark.parametrize("action_type", ["NO_SUCH_TYPE", "level_complete", " LEVEL_COMPLETE", "LEVEL_COMPLETE ", "🎉"])
def test_it_reports_invalid_action_type(game: Game, ana: Player, action_type: str) -> None:
    answer = game.update(ana, {"actionType": action_type})
    assert answer.failed_with(400, "INVALID_ACTION_TYPE")
    assert answer.error["details"] == {"actionType": action_type}


def test_an_inactive_action_type_is_refused(game: Game, ana: Player) -> None:
    ActionType.objects.filter(action_type="LEVEL_COMPLETE").update(is_active=False)
    assert game.update(ana).failed_with(400, "INVALID_ACTION_TYPE")
    assert not UserScore.objects.exists()


def test_it_reports_invalid_metadata(game: Game, ana: Player) -> None:
    answer = game.update(ana, {"actionType": "LEVEL_COMPLETE", "metadata": []})
    assert answer.failed_with(400, "INVALID_METADATA")
    assert answer.error["details"] == {"rule": "object"}


def test_it_reports_invalid_limit(game: Game) -> None:
    answer = game.get("scoreboard?limit=101")
    assert answer.failed_with(400, "INVALID_LIMIT")
    assert answer.error["details"] == {"parameter": "limit", "minimum": 1, "maximum": 100}


@pytest.mark.parametrize("path", ["scores/update", "users/ana/scores/history"])
def test_it_reports_invalid_token(game: Game, path: str) -> None:
    answer = game.send("PUT" if path == "scores/update" else "GET", path)
    assert answer.failed_with(401, "INVALID_TOKEN")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("user_id", ["bob", "nobody"])
def test_it_reports_permission_denied_whether_or_not_the_user_exists(
    game: Game, ana: Player, bob: Player, user_id: str
) -> None:
    bob.act()
    assert game.get(f"users/{user_id}/scores/history", ana).failed_with(403, "PERMISSION_DENIED")


def test_it_reports_user_not_found(game: Game, ana: Player) -> None:
    answer = game.get("users/ana/scores/history", ana)
    assert answer.failed_with(404, "USER_NOT_FOUND")
    assert answer.error["details"] == {"userId": "ana"}


@pytest.mark.parametrize("path", ["", "nothing", "scoreboard/", "scores/update/", "../v2/scoreboard", "/api/"])
def test_it_reports_not_found(game: Game, path: str) -> None:
    assert game.send("GET", path).failed_with(404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "scoreboard"),
        ("DELETE", "scoreboard"),
        ("GET", "scores/update"),
        ("POST", "scores/update"),
        ("PUT", "users/ana/scores/history"),
        ("PATCH", "action-types"),
        ("BREW", "scoreboard"),
    ],
)
def test_it_reports_method_not_allowed(game: Game, ana: Player, method: str, path: str) -> None:
    answer = game.send(method, path, headers=ana.bearer())
    assert answer.failed_with(405, "METHOD_NOT_ALLOWED")
    assert ("PUT" if path == "scores/update" else "GET") in answer.headers["Allow"]


def test_it_reports_duplicate_request(game: Game, ana: Player) -> None:
    first = game.update(ana, x_request_id="run-1").data
    answer = game.update(ana, x_request_id="run-1")
    assert answer.failed_with(409, "DUPLICATE_REQUEST")
    assert answer.error["details"] == {
        "requestId": "run-1",
        "originalActionId": first["actionId"],
        "originalTimestamp": first["processedAt"],
        "originalResult": {**first, "previousRank": 1},
    }


@pytest.mark.parametrize("size", [64 * 1024 + 1, 300 * 1024])
def test_it_reports_payload_too_large(game: Game, ana: Player, size: int) -> None:
    answer = game.update(ana, b'{"actionType": "' + b"A" * (size - 18) + b'"}')
    assert answer.failed_with(413, "PAYLOAD_TOO_LARGE")
    assert answer.error["details"] == {"maxBytes": 64 * 1024}


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_it_reports_unsupported_media_type(game: Game, ana: Player, media_type: str) -> None:
    answer = game.update(ana, content_type=media_type)
    assert answer.failed_with(415, "UNSUPPORTED_MEDIA_TYPE")


def test_it_reports_idempotency_key_reused(game: Game, ana: Player) -> None:
    game.update(ana, idempotency_key="key-1")
    answer = game.update(ana, {"actionType": "BOSS_DEFEAT"}, idempotency_key="key-1")
    assert answer.failed_with(422, "IDEMPOTENCY_KEY_REUSED")
    assert answer.error["details"] == {"idempotencyKey": "key-1"}
    assert ScoreEvent.objects.count() == 1


@pytest.mark.parametrize(("score", "value"), [(MAX_SCORE, 1), (-MAX_SCORE, -1), (MAX_SCORE - 149, 150)])
def test_it_reports_action_not_allowed(game: Game, ana: Player, score: int, value: int) -> None:
    game.update(ana)
    UserScore.objects.update(current_score=score)
    ActionType.objects.filter(action_type="LEVEL_COMPLETE").update(score_value=value)
    answer = game.update(ana, x_request_id="run-2")
    assert answer.failed_with(422, "ACTION_NOT_ALLOWED")
    assert answer.error["details"] == {"rule": "score_range"}
    assert (ScoreEvent.objects.count(), ScoreRequest.objects.count()) == (1, 1)


def test_the_ends_of_the_score_range_are_allowed(game: Game, ana: Player) -> None:
    game.update(ana)
    UserScore.objects.update(current_score=MAX_SCORE - 150)
    assert game.update(ana).data["newScore"] == 2**53


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def refuse_events(scoreboard: None) -> Iterator[Callable[[str], None]]:
    """Let PostgreSQL refuse every score event with an SQLSTATE."""

    def refuse(sqlstate: str) -> None:
        raising = f"RAISE EXCEPTION 'secret' USING ERRCODE = '{sqlstate}'"
        run(
            f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raising}; END $$",
            "CREATE TRIGGER refuse BEFORE INSERT ON score_events FOR EACH ROW EXECUTE FUNCTION refuse()",
        )

    yield refuse
    run("DROP FUNCTION refuse() CASCADE")


@pytest.fixture
def broken_action_types(scoreboard: None) -> Iterator[None]:
    """A table of another version."""
    run("ALTER TABLE action_types RENAME COLUMN category TO kind")
    yield
    run("ALTER TABLE action_types RENAME COLUMN kind TO category")


def test_it_reports_system_error(game: Game, ana: Player, refuse_events: Callable[[str], None]) -> None:
    refuse_events("P0001")
    answer = game.update(ana)
    assert answer.failed_with(500, "SYSTEM_ERROR")
    assert answer.error["details"] == {}
    assert b"secret" not in answer.content


@pytest.mark.parametrize("sqlstate", ["25006", "40001", "42501", "53100", "55P03", "57014", "58030", "XX001", "22P05"])
def test_whatever_keeps_postgresql_from_recording_is_database_unavailable(
    game: Game, ana: Player, refuse_events: Callable[[str], None], sqlstate: str
) -> None:
    refuse_events(sqlstate)
    item = {"userId": "ana", "requestId": "one", "actionType": "LEVEL_COMPLETE"}
    for answer in (game.update(ana), game.batch([item])):
        assert answer.failed_with(503, "DATABASE_UNAVAILABLE")
        assert int(answer.headers["Retry-After"]) > 0
        assert b"secret" not in answer.content


def test_a_table_that_does_not_fit_is_database_unavailable(game: Game, broken_action_types: None) -> None:
    answer = game.get("action-types")
    assert answer.failed_with(503, "DATABASE_UNAVAILABLE")
    assert answer.error["details"] == {}
    assert b"category" not in answer.content


@pytest.mark.server
def test_it_reports_database_unavailable(scoreboard: None, ana: Player) -> None:
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "DATABASE_POOL_TIMEOUT_SECONDS": "0.3"}
    with running_server(**nowhere) as address, Game(address) as game:
        for answer in (game.update(ana), game.get("users/ana/scores/history", ana), game.get("action-types")):
            assert answer.failed_with(503, "DATABASE_UNAVAILABLE")
            assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.server
def test_an_exhausted_pool_is_database_unavailable(scoreboard: None, ana: Player) -> None:
    ana.act()
    pool = {"DATABASE_POOL_SIZE": "1", "DATABASE_POOL_TIMEOUT_SECONDS": "0.2"}
    with (
        running_server(**pool) as address,
        Game(address) as game,
        Game(address) as other,
        psycopg.connect(database_address()) as holder,
    ):
        holder.execute("SELECT FROM users_scores WHERE user_id = 'ana' FOR UPDATE")
        # An Expect goes to Django, whose threads share the pool. The event loop has connections of its own.
        waiting = started(lambda: other.update(ana, expect="100-continue"))
        wait_for(someone_waits_for_a_lock)
        assert game.get("action-types").status == 200
        answer = game.get("action-types", expect="100-continue")
        holder.rollback()
        assert answer.failed_with(503, "DATABASE_UNAVAILABLE")
        assert waiting().data["newScore"] == 300


def test_a_failed_request_stores_nothing_and_its_id_stays_free(game: Game, ana: Player) -> None:
    for body in ({"actionType": "NOPE"}, {"actionType": "LEVEL_COMPLETE", "metadata": 1}, {}):
        assert game.update(ana, body, x_request_id="run-1").status == 400
    assert not ScoreRequest.objects.exists()
    assert game.update(ana, x_request_id="run-1").data["newScore"] == 150


def test_a_host_that_is_not_ours_is_refused_in_the_envelope(game: Game) -> None:
    assert game.get("scoreboard", host="evil.example").failed_with(400, "INVALID_REQUEST")


@pytest.mark.parametrize("header", ["X-Request-ID", "Idempotency-Key"])
@pytest.mark.parametrize("value", ["", "a b", "a" * 129, "ä", "a/b", "a\tb", '"a"', "a,b", "\xff"])
def test_an_id_of_another_form_is_refused(scoreboard: None, server: str, ana: Player, header: str, value: str) -> None:
    headers = [(b"Authorization", ana.bearer()["Authorization"].encode()), (b"Content-Type", b"application/json")]
    with Game(server) as game:
        sent = {**dict(headers), header.encode(): value.encode("latin-1")}
        answer = game.send("PUT", "scores/update", headers=sent, content=b'{"actionType": "LEVEL_COMPLETE"}')
    assert answer.failed_with(400, "INVALID_REQUEST")
    assert answer.headers["X-Request-ID"].startswith("api_")
    assert not ScoreRequest.objects.exists()


def test_the_request_id_is_echoed_on_every_answer(game: Game, ana: Player) -> None:
    for path in ("scoreboard", "nothing", "scores/update", "action-types"):
        assert game.get(path, x_request_id="mine-1").headers["X-Request-ID"] == "mine-1"
    assert game.get("scoreboard").headers["X-Request-ID"].startswith("api_")
