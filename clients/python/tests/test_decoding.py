"""Decoding the API's JSON into dataclasses."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from scoreboard_client.answers import DailyScore, LeaderboardEntry, ScoreUpdate, UserScore
from scoreboard_client.decoding import UnexpectedShape, camel_case, decode

ENTRY = {"rank": 1, "userId": "ana", "username": "Ana", "score": -5, "lastUpdated": "2026-11-24T03:00:00.123456Z"}


def test_names_become_camel_case() -> None:
    assert [camel_case(name) for name in ("rank", "user_id", "average_score_per_action")] == [
        "rank",
        "userId",
        "averageScorePerAction",
    ]


def test_times_are_aware() -> None:
    entry = decode(LeaderboardEntry, ENTRY)
    assert entry.last_updated == datetime(2026, 11, 24, 3, 0, 0, 123456, UTC)
    assert entry.last_updated.tzinfo is not None


def test_days_are_dates() -> None:
    assert decode(DailyScore, {"date": "2026-11-24", "score": 5, "actions": 1}).date == date(2026, 11, 24)


def test_unknown_fields_of_a_newer_server_are_ignored() -> None:
    assert decode(LeaderboardEntry, {**ENTRY, "shoeSize": 43}).user_id == "ana"


def test_a_whole_number_is_accepted_as_a_float() -> None:
    more = {"totalActions": 2, "averageScorePerAction": 3, "percentile": 100, "totalPlayers": 7}
    score = decode(UserScore, {**ENTRY, **more})
    assert (score.percentile, type(score.percentile)) == (100.0, float)


def test_a_rank_can_be_null() -> None:
    body = {
        "actionId": "a",
        "requestId": "r",
        "newScore": 1,
        "scoreIncrement": 1,
        "newRank": 1,
        "previousRank": None,
        "actionType": "A",
        "processedAt": "2026-11-24T03:00:00Z",
    }
    assert decode(ScoreUpdate, body).previous_rank is None


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {**ENTRY, "rank": "1"},
        {**ENTRY, "rank": True},
        {**ENTRY, "score": 1.5},
        {**ENTRY, "userId": None},
        {**ENTRY, "lastUpdated": "yesterday"},
        {**ENTRY, "lastUpdated": "2026-11-24T03:00:00"},
        {**ENTRY, "lastUpdated": 5},
    ],
)
def test_any_other_shape_is_refused(body: Any) -> None:
    with pytest.raises(UnexpectedShape):
        decode(LeaderboardEntry, body)
