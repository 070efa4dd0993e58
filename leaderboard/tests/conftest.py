"""Fixtures for the tests of the rank index."""

import pytest

from leaderboard.rank_index import RankIndex
from leaderboard.rank_rebuild import RankRebuild
from scoreboard_project.embedded.valkey import Valkey


@pytest.fixture
def index(valkey: Valkey) -> RankIndex:
    """A rank index that is ready and empty."""
    valkey.flush()
    with RankRebuild() as rebuild:
        rebuild.finish()
    return RankIndex()
