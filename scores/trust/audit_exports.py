"""Writes audit entries as CSV or JSON lines."""

import csv
import json
from collections.abc import Generator, Iterable
from datetime import datetime
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from scoreboard_project.audit.models import AuditEntry
from scores.operations.spreadsheets import as_text

BATCH = 2000
COLUMNS = ("id", "at", "who", "origin", "what", "target", "why", "old", "new", "request_id")


def iterate_entries(
    *, since: datetime | None = None, until: datetime | None = None, who: str = ""
) -> Generator[dict[str, Any]]:
    """The entries from `since` and before `until`, oldest first, from one snapshot. Close it if you stop early."""
    entries = AuditEntry.objects.order_by("id")
    if since:
        entries = entries.filter(at__gte=since)
    if until:
        entries = entries.filter(at__lt=until)
    if who:
        entries = entries.filter(who=who)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        yield from entries.values(*COLUMNS).iterator(BATCH)


def names_like(name: str) -> list[str]:
    """Whoever of this name has made an entry: `admin` may be `staff:admin`."""
    candidates = [f"{kind}:{name.rpartition(':')[2]}" for kind in ("staff", "token", "command")]
    found = AuditEntry.objects.filter(who__in=candidates).exclude(who=name).order_by("who")
    return list(found.values_list("who", flat=True).distinct())


def write_entries_as_csv(entries: Iterable[dict[str, Any]], out: IO[str]) -> int:
    """A header line, old and new values as JSON, and no cells that are formulas. Returns the number of entries."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for count, entry in enumerate(entries, start=1):  # noqa: B007 - the last count is returned
        shown = {**entry, "at": entry["at"].isoformat(), "old": _json(entry["old"]), "new": _json(entry["new"])}
        writer.writerow(as_text(str(shown[name])) for name in COLUMNS)
    return count


def write_entries_as_json_lines(entries: Iterable[dict[str, Any]], out: IO[str]) -> int:
    """One JSON object per line. Returns the number of entries."""
    count = 0
    for count, entry in enumerate(entries, start=1):  # noqa: B007 - the last count is returned
        out.write(_json(entry) + "\n")
    return count


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return "" if value is None else json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
