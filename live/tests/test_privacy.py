"""What belongs to a user alone reaches nobody else: the address, the user agent and the metadata of what they do."""

import httpx
import pytest

from action_types.models import ActionType
from live.tests.sockets import LiveClient
from scoreboard_project.testing.cast import ANA, BOB
from scoreboard_project.testing.game import Game
from scoreboard_project.testing.servers.one_port import OnePort
from scores.models import HeldAction, ScoreEvent

ADDRESS, AGENT, NOTE = "203.0.113.77", "secret-agent/1.0", "secret-note"
PAGES = [
    *("/", "/players/ana", "/api/v1/scoreboard", "/api/v1/scoreboard?offset=0&limit=100"),
    *("/api/v1/scoreboard/around/ana", "/api/v1/users/ana/scores", "/api/v1/users/ana/scores/daily"),
    *("/api/v1/users/ana/scores/history", "/api/v1/action-types", "/api/v1/schema", "/metrics", "/readyz"),
]


@pytest.fixture
def played(one_port: OnePort) -> OnePort:
    """A server at which ana did something, once so that it counts and once so that it is held."""
    ActionType.objects.filter(pk="BOSS_DEFEAT").update(hold_scores=True)
    with Game(one_port.address) as game:
        for action_type in ("LEVEL_COMPLETE", "BOSS_DEFEAT"):
            body = {"actionType": action_type, "metadata": {"note": NOTE}}
            assert game.update(ANA, body, user_agent=AGENT).status == 200
    for kind in (ScoreEvent, HeldAction):
        assert kind.objects.filter(user_agent=AGENT).update(ip_address=ADDRESS) == 1
    return one_port


def test_no_page_or_answer_shows_it(played: OnePort) -> None:
    with httpx.Client(base_url=played.address, headers=BOB.bearer()) as client:
        shown = {path: client.get(path).text for path in PAGES}
    for path, text in shown.items():
        assert not [secret for secret in (ADDRESS, AGENT, NOTE) if secret in text], path


def test_no_live_board_and_no_log_line_shows_it(played: OnePort) -> None:
    with LiveClient(played, BOB) as live:
        assert NOTE not in str(live.subscribe(100))
    log = played.log.read_text()
    assert not [secret for secret in (AGENT, NOTE) if secret in log]


def test_only_the_users_own_history_has_the_metadata(played: OnePort) -> None:
    with Game(played.address) as game:
        assert game.get("users/ana/scores/history", BOB).failed_with(403, "PERMISSION_DENIED")
        own = game.get("users/ana/scores/history", ANA).body
    assert NOTE in str(own)
    assert not [secret for secret in (ADDRESS, AGENT) if secret in str(own)]
