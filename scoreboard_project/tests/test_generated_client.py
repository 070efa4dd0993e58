"""A client that a public generator creates from the OpenAPI description compiles and plays a game on a real server."""

import compileall
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from scoreboard_project.testing.cast import ANA, SERVER, Player
from scoreboard_project.tokens.principal import Scope

GAME = """
import sys
from game_client import AuthenticatedClient, Client
from game_client.api.scoreboard import get_scoreboard
from game_client.api.scores import apply_score_batch, get_score_history, update_score
from game_client.models import BatchItem, BatchRequest, ErrorResponse, ScoreUpdateRequest
# The object of "object or null".
from game_client.models import ScoreUpdateRequestMetadataType0 as Metadata

url, player_token, server_token = sys.argv[1:]
player = AuthenticatedClient(base_url=url, token=player_token)
level = ScoreUpdateRequest("LEVEL_COMPLETE", Metadata.from_dict({"level": 5}))
first = update_score.sync(client=player, body=level, idempotency_key="level-5")
again = update_score.sync(client=player, body=level, idempotency_key="level-5")
assert first.data.action_id == again.data.action_id
assert (first.data.new_score, first.data.new_rank, first.data.previous_rank) == (150, 1, None)

refused = update_score.sync(client=player, body=ScoreUpdateRequest("LEVEL_SKIPPED"))
assert isinstance(refused, ErrorResponse) and refused.error.code == "INVALID_ACTION_TYPE"

server = AuthenticatedClient(base_url=url, token=server_token)
items = [
    BatchItem(user_id="bob", request_id="r1", action_type="BOSS_DEFEAT", username="Bob"),
    BatchItem(user_id="bob", request_id="r 2", action_type="BOSS_DEFEAT"),
]
results = apply_score_batch.sync(client=server, body=BatchRequest(items)).data.results
assert [result.status for result in results] == ["applied", "error"]
assert results[1].error.code == "INVALID_REQUEST"

board = get_scoreboard.sync(client=Client(base_url=url), limit=2).data
assert [(row.rank, row.user_id, row.score) for row in board.leaderboard] == [(1, "bob", 1000), (2, "ana", 150)]
history = get_score_history.sync("ana", client=player).data
assert [event.metadata.to_dict() for event in history.events] == [{"level": 5}]
"""


@pytest.fixture
def generated(client: Client, tmp_path: Path) -> Path:
    """The folder with the package `game_client`, generated from the description as the server publishes it."""
    description = tmp_path / "openapi.json"
    description.write_bytes(client.get("/api/v1/schema").content)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"package_name_override": "game_client", "post_hooks": []}))
    options = ["--path", description, "--config", config, "--meta", "none", "--output-path", tmp_path / "game_client"]
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", *map(str, options)]
    made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    return tmp_path


def test_it_compiles_and_plays_a_game(generated: Path, server: str, scoreboard: None) -> None:
    assert compileall.compile_dir(generated / "game_client", quiet=1)
    tokens = [_token(ANA), _token(SERVER, Scope.WRITE_ANY)]
    played = subprocess.run(
        [sys.executable, "-c", GAME, server, *tokens],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(generated)},
    )
    assert played.returncode == 0, played.stderr


def _token(player: Player, *scopes: str) -> str:
    return player.bearer(*scopes)["Authorization"].removeprefix("Bearer ")
