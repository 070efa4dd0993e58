"""What the pages show when the scores cannot be read."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client


@pytest.fixture
def no_scores(scoreboard: None) -> Iterator[None]:
    """PostgreSQL answers with an error, because the table has another name."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE users_scores RENAME TO users_scores_elsewhere")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE users_scores_elsewhere RENAME TO users_scores")


@pytest.mark.parametrize("path", ["/", "/players/ana"])
def test_without_scores_a_page_says_so_and_reloads(no_scores: None, client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, b"Back in a moment" in answer.content) == (503, True)
    assert b'http-equiv="refresh"' in answer.content
    assert answer.headers["Retry-After"]
