"""The fast path and Django give the same answers and leave the same behind, whatever is asked."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django.fixtures import Settings
from rest_framework.views import APIView

from scoreboard_project.api.endpoint_view import EndpointView
from scoreboard_project.serving import fast_path
from scoreboard_project.serving.tests.both import both_ways
from scoreboard_project.serving.tests.corpus import addresses, bodies, reading, writing
from scoreboard_project.serving.tests.corpus.cases import ANA, Case, get, post, put
from scoreboard_project.testing.servers.refusals import refusing

GROUPS: list[Callable[[], Iterator[Case]]] = [
    *(addresses.methods, addresses.queries, addresses.paths, addresses.base_path),
    *(reading.representations, reading.other_headers, reading.origins, reading.https),
    *(bodies.bodies, bodies.content_types, bodies.lengths),
    *(writing.tokens, writing.ids, writing.orders, writing.senders, writing.limits, writing.surroundings),
]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_both_answer_alike_and_leave_the_same_behind(
    scoreboard: None, caplog: pytest.LogCaptureFixture, group: Callable[[], Iterator[Case]]
) -> None:
    with caplog.at_level("INFO", logger="scoreboard"), both_ways() as both:
        found = {case.name: wrong for case in group() if (wrong := both.complaint(case))}
    assert not found, "\n\n".join(f"{name}: {wrong[:4000]}" for name, wrong in found.items())


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.parametrize(("sqlstate", "status"), [("25006", 503), ("55P03", 503), ("22P05", 503), ("P0001", 500)])
def test_both_answer_alike_when_postgresql_refuses(
    scoreboard: None, settings: Settings, sqlstate: str, status: int
) -> None:
    settings.SCORE_UPDATES_PER_MINUTE = 0
    raising = f"BEGIN RAISE EXCEPTION 'secret' USING ERRCODE = '{sqlstate}'; END"
    with both_ways() as both:
        run(
            f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {raising} $$",
            "CREATE TRIGGER refuse BEFORE INSERT ON score_events FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
        fast, django = both.answers(put())
        run("DROP FUNCTION refuse() CASCADE")
    assert fast == django
    assert fast["status"] == status


def test_both_answer_alike_when_a_table_does_not_fit(scoreboard: None) -> None:
    with both_ways() as both:
        run("ALTER TABLE action_types RENAME COLUMN category TO kind")
        fast, django = both.answers(get("action-types"))
        run("ALTER TABLE action_types RENAME COLUMN kind TO category")
    assert fast == django
    assert (fast["status"], ("retry-after", "2") in fast["headers"]) == (503, True)


def test_both_answer_alike_when_redis_refuses(scoreboard: None) -> None:
    with both_ways() as both, refusing("no replica"):
        fast, django = both.answers(post("live/ticket", b"", ANA))
    assert fast == django
    assert (fast["status"], "CACHE_UNAVAILABLE" in fast["body"]) == (503, True)


@pytest.mark.parametrize(
    ("place", "name", "unlike"),
    [
        (EndpointView, "finalize_response", APIView.finalize_response),
        (fast_path, "note_request", lambda **_: None),
        (fast_path, "_peer_of", lambda _scope: "192.0.2.9"),
        (fast_path, "read_headers", lambda _pairs: {}),
    ],
)
def test_a_difference_would_be_noticed(
    scoreboard: None, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, unlike: Any
) -> None:
    case = Case("ordinary", put())
    with both_ways() as both:
        assert not both.complaint(case)
        monkeypatch.setattr(place, name, unlike)
        assert both.complaint(case)
