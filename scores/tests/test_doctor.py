"""`manage.py doctor` finds what was put wrong, says what to do, and corrects what is safe."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django.fixtures import Settings

from leaderboard.board_keys import BoardKeys
from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.embedded.valkey import Valkey
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game
from scores.doctor import database
from scores.operations.partitions import list_partitions
from scores.ranks.standings import database_now

FINE, WARNING, WRONG = 0, 1, 2
Levels = dict[str, str]


@pytest.fixture
def game(game: Game) -> Game:
    """Ana and Bob have played, and everything is in order but that no worker runs."""
    call_command("maintain_partitions", stdout=StringIO())
    game.update(ANA)
    game.update(BOB)
    game.board()
    return game


def doctor(*options: str) -> tuple[int, Levels, dict[str, str]]:
    """The exit code, and the level and the words of each examination."""
    output = StringIO()
    code = 0
    try:
        call_command("doctor", "--json", *options, stdout=output)
    except SystemExit as end:
        code = int(str(end.code))
    findings: list[dict[str, Any]] = json.loads(output.getvalue())["findings"]
    return code, {each["name"]: each["level"] for each in findings}, {each["name"]: each["says"] for each in findings}


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_sound_installation_is_fine(game: Game) -> None:
    code, levels, _ = doctor()
    assert {name for name, level in levels.items() if level not in ("fine", "unknown")} == {"queue"}
    assert code == WARNING


def test_it_prints_a_table_with_what_to_do(game: Game, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("doctor")
    printed = capsys.readouterr().out
    assert "queue          warning  no worker has reported within the last minute\n" in printed
    assert "→ Run: work" in printed


def drop_a_partition() -> None:
    execute(f"DROP TABLE {max(list_partitions())}")


FIXABLE: dict[str, Callable[[], object]] = {
    "rank index": lambda: redis.delete(BoardKeys().ranks),
    "cached boards": lambda: execute("UPDATE users_scores SET username = 'Somebody' WHERE user_id = 'ana'"),
    "partitions": drop_a_partition,
}


@pytest.mark.parametrize("name", FIXABLE)
def test_it_finds_and_fixes(game: Game, name: str) -> None:
    FIXABLE[name]()
    code, levels, _ = doctor()
    assert (code, levels[name]) == (WRONG, "wrong")
    code, levels, _ = doctor("--fix")
    assert (code, levels[name]) == (WARNING, "fine")
    entry = AuditEntry.objects.get(what="doctor.fixed")
    assert (entry.who, entry.target) == ("command:doctor", name)
    assert doctor()[1][name] == "fine"


def test_a_score_that_its_events_do_not_explain_is_found_and_left_alone(game: Game, settings: Settings) -> None:
    execute("UPDATE users_scores SET current_score = 7 WHERE user_id = 'ana'")
    for settings.SCORE_EVENTS_RETENTION_MONTHS in (0, 12):
        code, levels, says = doctor("--fix")
        assert (code, levels["totals"]) == (WRONG, "wrong")
        assert says["totals"] == "1 scores are not the sum of their events: ana"


def test_a_redis_that_evicts_is_found(game: Game) -> None:
    redis.execute("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        assert doctor()[1]["eviction"] == "wrong"
    finally:
        redis.execute("CONFIG", "SET", "maxmemory-policy", "noeviction")


def test_without_redis_it_examines_the_rest(game: Game, valkey: Valkey) -> None:
    valkey.stop()
    code, levels, says = doctor()
    assert code == WRONG
    assert {levels[name] for name in ("redis", "eviction", "rank index", "cached boards")} == {"wrong"}
    assert "does not answer" in says["redis"]
    assert levels["totals"] == "fine"


@pytest.mark.parametrize(("seconds", "level"), [(5, "warning"), (-3600, "wrong")])
def test_a_clock_that_is_off_is_found(game: Game, monkeypatch: pytest.MonkeyPatch, seconds: int, level: str) -> None:
    monkeypatch.setattr(database, "database_now", lambda: database_now() + timedelta(seconds=seconds))
    assert doctor()[1]["clock"] == level
