"""What the pages say when the scores cannot be read."""

import pytest
from django.db import OperationalError
from django.test import Client

from live import pages


@pytest.mark.parametrize(("path", "reader"), [("/", "read_board_page"), ("/players/ana", "read_player")])
def test_without_the_database_a_page_says_so_and_tries_again(
    scoreboard: None, client: Client, monkeypatch: pytest.MonkeyPatch, path: str, reader: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(pages, reader, fail)
    answer = client.get(path)
    assert (answer.status_code, b"Back in a moment" in answer.content) == (503, True)
    assert b'http-equiv="refresh"' in answer.content
