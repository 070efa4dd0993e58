"""`PUT /api/v1/scores/update`: what a game gets back, and what is kept."""

import re
from datetime import datetime

from django.utils import timezone

from scores.tests.cast import Player
from scores.tests.game import Game


def test_it_answers_as_specified(game: Game, ana: Player) -> None:
    before = timezone.now()
    data = game.update(ana, {"actionType": "LEVEL_COMPLETE", "metadata": {"level": 5}}, x_request_id="run-1").data
    moment = datetime.fromisoformat(data.pop("processedAt"))
    assert before <= moment <= timezone.now()
    assert re.fullmatch(r"action_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", data.pop("actionId"))
    assert data == {
        "requestId": "run-1",
        "newScore": 150,
        "scoreIncrement": 150,
        "newRank": 1,
        "previousRank": None,
        "actionType": "LEVEL_COMPLETE",
    }
