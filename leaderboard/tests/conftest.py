"""What the tests of the rank index share."""

import pytest

from leaderboard.rank_index import RankIndex
from leaderboard.rank_rebuild import RankRebuild
from scoreboard_project.embedded.valkey import Valkey


@pytest.fixture
def index(valkey: Valkey) -> RankIndex:
    """Ready, and empty."""
    valkey.flush()
    with RankRebuild() as rebuild:
        rebuild.finish()
    return RankIndex()
