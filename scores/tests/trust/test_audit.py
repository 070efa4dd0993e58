"""What operators do leaves audit entries, which the admin lists and `manage.py export_audit` writes."""

import csv
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from action_types.services import change_action_type
from scoreboard_project.audit.entries import record_change
from scoreboard_project.audit.models import AuditEntry
from scoreboard_project.testing.cast import ANA
from scores.models import ScoreRequest

LIST = "/admin/audit/auditentry/"


def entries() -> list[tuple[str, str, str, str]]:
    """Who, what, target and why, oldest first."""
    return list(AuditEntry.objects.order_by("id").values_list("who", "what", "target", "why"))


def run(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_a_changed_action_type_is_an_entry_with_both_values(db: None) -> None:
    change_action_type("DAILY_BONUS", values={"score_value": 60}, changed_by="ada")
    entry = AuditEntry.objects.get()
    assert (entry.what, entry.target) == ("action_type.changed", "action_type:DAILY_BONUS")
    assert (entry.old, entry.new) == ({"score_value": 50}, {"score_value": 60})


def test_a_reversal_says_why_and_how_much(scoreboard: None) -> None:
    recorded = ANA.act("BOSS_DEFEAT").recorded
    assert recorded
    run("reverse_actions", recorded.action_id, reason="a cheat")
    assert entries() == [
        ("command:reverse_actions", "action_type.added", "action_type:REVERSAL", ""),
        ("command:reverse_actions", "events.reversal_started", "", "a cheat"),
        ("command:reverse_actions", "events.reversed", "", "a cheat"),
    ]
    last = AuditEntry.objects.first()
    assert last
    assert last.new == {"reversed": 1, "points": -1000, "refused": 0}


def test_a_dry_run_leaves_no_entry(scoreboard: None) -> None:
    recorded = ANA.act().recorded
    assert recorded
    run("reverse_actions", recorded.action_id, reason="a cheat", dry_run=True)
    run("maintain_partitions", dry_run=True)
    assert entries() == []


def test_an_erased_user_is_not_named_by_earlier_entries_either(scoreboard: None) -> None:
    ANA.act()
    run("export_user", "ana")
    erased = json.loads(run("erase_user", "ana", yes=True, json=True, reason="asked for it"))["erasedAs"]
    assert entries() == [
        ("command:export_user", "user.exported", f"user:{erased}", ""),
        ("command:erase_user", "user.erased", f"user:{erased}", "asked for it"),
    ]


def test_an_import_is_two_entries(scoreboard: None, tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text("userId,score\nana,100\n")
    run("import_scores", file)
    assert [(what, target) for _, what, target, _ in entries()] == [
        ("scores.import_started", "file:scores.csv"),
        ("action_type.added", "action_type:IMPORTED_SCORE"),
        ("scores.imported", "file:scores.csv"),
    ]


def test_rebuilding_and_seeding_are_entries(scoreboard: None) -> None:
    run("seed_demo", players=3, actions=5)
    run("reindex_ranks")
    assert [what for _, what, _, _ in entries()] == ["demo.seeded", "ranks.rebuilt"]


def test_what_retention_removes_is_an_entry(scoreboard: None, settings: Settings) -> None:
    ANA.act()
    run("maintain_partitions")
    assert entries() == []
    ScoreRequest.objects.update(created_at=timezone.now() - timedelta(days=40))
    AuditEntry.objects.create(at=timezone.now() - timedelta(days=40), who="staff:ada", what="user.hidden")
    settings.AUDIT_RETENTION_DAYS = 35
    assert json.loads(run("maintain_partitions", json=True))["purged_entries"] == 1
    entry = AuditEntry.objects.get()
    assert (entry.what, entry.new) == (
        "retention.applied",
        {"purged_requests": 1, "purged_entries": 1, "purged_revocations": 0},
    )


def test_entries_are_kept_for_ever_if_the_setting_says_so(scoreboard: None, settings: Settings) -> None:
    AuditEntry.objects.create(at=datetime(2001, 1, 1, tzinfo=UTC), who="staff:ada", what="user.hidden")
    settings.AUDIT_RETENTION_DAYS = 0
    assert json.loads(run("maintain_partitions", json=True))["purged_entries"] == 0


@pytest.fixture
def three(db: None) -> None:
    record_change("user.hidden", target="user:ana", why="=HYPERLINK()", new={"isHidden": True})
    record_change("user.shown", target="user:ana", new={"isHidden": False})
    AuditEntry.objects.create(who="staff:ada", what="user.hidden", target="user:bob")


def export(folder: Path, *arguments: str, format: str = "jsonl") -> str:  # noqa: A002 - the option's name
    path = folder / "audit"
    run("export_audit", *arguments, format=format, output=path)
    return path.read_text()


def test_the_export_is_one_json_object_a_line(three: None, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in export(tmp_path).splitlines()]
    assert [(line["what"], line["target"]) for line in lines] == [
        ("user.hidden", "user:ana"),
        ("user.shown", "user:ana"),
        ("user.hidden", "user:bob"),
    ]
    assert lines[0]["new"] == {"isHidden": True}
    assert entries()[-1][:2] == ("command:export_audit", "audit.exported")


def test_the_csv_has_no_formulas(three: None, tmp_path: Path) -> None:
    rows = list(csv.DictReader(StringIO(export(tmp_path, format="csv"))))
    assert rows[0]["why"] == "'=HYPERLINK()"
    assert rows[0]["new"] == '{"isHidden": true}'


def test_the_export_may_be_bounded(three: None, tmp_path: Path) -> None:
    assert [json.loads(line)["target"] for line in export(tmp_path, "--who", "staff:ada").splitlines()] == ["user:bob"]
    assert export(tmp_path, "--until", "2020-01-01") == ""
    assert len(export(tmp_path, "--since", "2020-01-01").splitlines()) > 3


def test_the_admin_lists_and_finds_entries_and_changes_none(three: None, client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    assert len(client.get(LIST).context["cl"].result_list) == 3
    found = client.get(LIST, {"q": "user:ana"}).context["cl"].result_list
    assert [entry.what for entry in found] == ["user.shown", "user.hidden"]
    page = f"{LIST}{found[0].pk}/"
    assert "isHidden" in client.get(f"{page}change/").content.decode()
    assert client.post(f"{page}change/", {"why": "x"}).status_code == 403
    assert client.post(f"{page}delete/", {"post": "yes"}).status_code == 403
