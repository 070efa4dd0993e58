"""The audit is append-only: PostgreSQL itself refuses changes, also by the application's database account."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from scoreboard_project.audit.entries import purge_entries, record_change, replace_erased_user, user_target
from scoreboard_project.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> AuditEntry:
    record_change("user.hidden", target=user_target("ana"), why="a cheat", new={"isHidden": True})
    return AuditEntry.objects.get()


def refuse(statement: str) -> None:
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET why = 'a mistake'",
        "UPDATE audit_entries SET target = 'user:bob'",
        "UPDATE audit_entries SET target = 'user:erased:x', who = 'staff:eve'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "SET LOCAL scoreboard.audit_purged_before = 'tomorrow'; DELETE FROM audit_entries",
    ],
)
def test_an_update_or_delete_fails_as_the_applications_database_account(entry: AuditEntry, statement: str) -> None:
    refuse(statement)
    assert AuditEntry.objects.values().get() == {
        **AuditEntry.objects.filter(pk=entry.pk).values().get(),
        "why": "a cheat",
        "target": "user:ana",
    }


def test_retention_removes_only_what_is_older(entry: AuditEntry) -> None:
    old = AuditEntry.objects.create(at=timezone.now() - timedelta(days=400), who="staff:ada", what="staff.added")
    AuditEntry.objects.create(at=timezone.now() - timedelta(days=300), who="staff:ada", what="staff.added")
    assert purge_entries(timezone.now() - timedelta(days=365)) == 1
    assert AuditEntry.objects.count() == 2
    assert not AuditEntry.objects.filter(pk=old.pk).exists()
    refuse("DELETE FROM audit_entries")


def test_retention_never_reaches_the_last_thirty_days(entry: AuditEntry) -> None:
    assert purge_entries(timezone.now() + timedelta(days=1)) == 0
    assert AuditEntry.objects.exists()


def test_an_erased_user_is_named_by_the_random_id(entry: AuditEntry) -> None:
    replace_erased_user("ana", "erased:0190")
    changed = AuditEntry.objects.get()
    assert (changed.target, changed.why) == ("user:erased:0190", "a cheat")


def test_an_entry_is_gone_with_the_change_that_failed() -> None:
    with transaction.atomic():
        record_change("staff.added", target="staff:eve")
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()


def test_a_session_that_says_it_only_replicates_is_refused_too(entry: AuditEntry) -> None:
    """The embedded account is a superuser, who may say so."""
    refuse("SET LOCAL session_replication_role = replica; DELETE FROM audit_entries")
    refuse("SET LOCAL session_replication_role = replica; TRUNCATE audit_entries")
