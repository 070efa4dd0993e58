"""The admin of scores and score events: read-only, searched by exact ids, fast at any size."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scores.admin.read_only import BoundedPaginator
from scores.models import ScoreEvent, UserScore

USERS = "/admin/scores/userscore/"
EVENTS = "/admin/scores/scoreevent/"
START = datetime(2025, 1, 10, tzinfo=UTC)


@pytest.fixture
def ledger(db: None) -> Iterator[None]:
    """Sixty users and two months of events, each month in its partition. PostgreSQL avoids sequential scans."""
    with connection.cursor() as cursor:
        for month, following in (("2025-01-01", "2025-02-01"), ("2025-02-01", "2025-03-01")):
            cursor.execute(
                f"CREATE TABLE score_events_test_{month[:7].replace('-', '_')} PARTITION OF score_events "
                f"FOR VALUES FROM ('{month}') TO ('{following}')"
            )
        UserScore.objects.bulk_create(_user(number) for number in range(60))
        ScoreEvent.objects.bulk_create(_event(number) for number in range(1000))
        cursor.execute("ANALYZE users_scores, score_events")
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield
        cursor.execute("SET LOCAL enable_seqscan = on")


@pytest.fixture
def root(client: Client, ledger: None) -> Client:
    """A superuser's browser."""
    client.force_login(User.objects.create_superuser("root"))
    return client


def _user(number: int) -> UserScore:
    return UserScore(
        user_id=f"user{number}",
        username=f"{'Ada' if number % 2 else 'Bob'} {number}",
        current_score=number * 150,
        last_updated=START,
        total_actions=20,
        created_at=START,
    )


def _event(number: int) -> ScoreEvent:
    return ScoreEvent(
        event_id=f"event_{number:05}",
        user_id=f"user{number % 50}",
        action_id=f"action_{number:05}",
        request_id=f"req-{number}",
        action_type="LEVEL_COMPLETE",
        score_increment=150,
        score_after=150,
        metadata={"level": number},
        created_at=START + timedelta(hours=number),
    )


def _shown(browser: Client, address: str, **query: str) -> list[str]:
    page = browser.get(address, query)
    assert page.status_code == 200
    return [row.pk for row in page.context["cl"].result_list]


def _plans(browser: Client, address: str, **query: str) -> list[str]:
    """The plans of all queries that the page made on our tables, each with its SQL as the first line."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(address, query).status_code == 200
    ours = [
        found["sql"]
        for found in captured.captured_queries
        if '"users_scores"' in found["sql"] or '"score_events"' in found["sql"]
    ]
    with connection.cursor() as cursor:
        return ["\n".join([sql, *_explain(cursor, sql)]) for sql in ours]


def _explain(cursor: object, sql: str) -> list[str]:
    cursor.execute(f"EXPLAIN {sql}")  # type: ignore[attr-defined]
    return [line for (line,) in cursor.fetchall()]  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", [f"{USERS}user1/", f"{EVENTS}event_5F00001/"])
def test_it_lets_not_even_a_superuser_write(root: Client, address: str) -> None:
    assert root.get(f"{address}change/").status_code == 200
    assert root.post(f"{address}change/", {"current_score": "1", "score_increment": "1"}).status_code == 403
    assert root.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert root.get(f"{address.rsplit('/', 2)[0]}/add/").status_code == 403
    assert UserScore.objects.get(pk="user1").current_score == 150
    assert ScoreEvent.objects.count() == 1000


def test_it_needs_the_permission_to_view(client: Client, ledger: None) -> None:
    client.force_login(User.objects.create_user("eve", is_staff=True))
    assert client.get(EVENTS).status_code == 403
    assert client.get(USERS).status_code == 403


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("user7", 20),
        ("user", 0),
        ("action_00007", 1),
        ("event_00007", 1),
        ("user7 req-7", 1),
        ("user8 req-7", 0),
        ("req-7", 0),
        ("' OR 1=1 --", 0),
        ("%", 0),
    ],
)
def test_it_finds_events_by_exact_ids(root: Client, search: str, found: int) -> None:
    assert len(_shown(root, EVENTS, q=search)) == found


@pytest.mark.parametrize(
    ("search", "found"), [("user7", 1), ("Ada", 30), ("Ada 7", 1), ("ada", 0), ("da", 0), ("%", 0)]
)
def test_it_finds_users_by_id_and_first_letters(root: Client, search: str, found: int) -> None:
    assert len(_shown(root, USERS, q=search)) == found


def test_it_shows_the_board_in_its_order_and_the_ledger_newest_first(root: Client) -> None:
    assert _shown(root, USERS)[:3] == ["user59", "user58", "user57"]
    assert _shown(root, EVENTS)[:2] == ["event_00999", "event_00998"]
    assert _shown(root, EVENTS, q="user7")[:2] == ["event_00957", "event_00907"]


@pytest.mark.parametrize(("month", "first"), [("2025-01", "event_00527"), ("2025-02", "event_00999")])
def test_it_filters_by_month(root: Client, month: str, first: str) -> None:
    assert _shown(root, EVENTS, month=month)[0] == first


@pytest.mark.parametrize("month", ["2025-13", "junk", "9999-12", "0000-01", "today"])
def test_it_survives_odd_months(root: Client, month: str) -> None:
    assert root.get(EVENTS, {"month": month}).status_code == 200


def test_a_value_that_postgresql_cannot_hold_is_a_bad_request(root: Client) -> None:
    root.raise_request_exception = False
    assert root.get(USERS, {"user_id__exact": "\0"}).status_code == 400


@pytest.mark.parametrize("address", [USERS, EVENTS])
def test_it_lists_by_index_without_sorting_or_counting_all(root: Client, address: str) -> None:
    plans = _plans(root, address)
    assert len(plans) == 2
    for plan in plans:
        assert "Sort  (" not in plan
        assert "Seq Scan" not in plan.replace("Seq Scan on score_events_default", "")
        assert "LIMIT" in plan


@pytest.mark.parametrize(
    ("address", "search", "index"),
    [
        (USERS, "user7", "users_scores_pkey"),
        (USERS, "Ada", "idx_username_prefix"),
        (EVENTS, "user7", "user_id_"),
        (EVENTS, "action_00007", "action_id_created_at"),
        (EVENTS, "event_00007", "_pkey"),
        (EVENTS, "user7 req-7", "user_id_"),
    ],
)
def test_it_searches_by_index(root: Client, address: str, search: str, index: str) -> None:
    for plan in _plans(root, address, q=search):
        assert index in plan, plan
        assert "Seq Scan" not in plan, plan


def test_it_reads_only_the_partition_of_the_month(root: Client) -> None:
    for plan in _plans(root, EVENTS, month="2025-01"):
        assert "score_events_test_2025_01" in plan
        assert "score_events_test_2025_02" not in plan


@pytest.mark.parametrize("address", [USERS, EVENTS])
def test_it_makes_as_many_queries_for_many_rows_as_for_one(root: Client, address: str) -> None:
    assert len(_plans(root, address)) == len(_plans(root, address, q="user7")) == 2


def test_it_counts_no_further_than_its_bound(ledger: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scores.admin.read_only.MAX_ROWS", 120)
    assert BoundedPaginator(ScoreEvent.objects.all(), 50).num_pages == 3
    assert BoundedPaginator(ScoreEvent.objects.filter(user_id="user7"), 50).count == 20


def test_it_shows_an_events_metadata_and_client(root: Client) -> None:
    page = root.get(f"{EVENTS}event_5F00042/change/").content.decode()
    assert "req-42" in page
    assert "level" in page


def test_it_links_a_user_to_their_events(root: Client) -> None:
    assert f"{EVENTS}?q=user7" in root.get(f"{USERS}user7/change/").content.decode()
