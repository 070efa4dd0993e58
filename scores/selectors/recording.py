"""Whether PostgreSQL can record actions now, for /readyz and the doctor."""

from typing import Any

from django.apps import apps

from scoreboard_project.runtime.postgres.probe import why_not_recording
from scoreboard_project.runtime.postgres.states import Refusal
from scores.sql.statements import read_sql

# What a write runs, with parameters that do nothing.
WRITES: dict[str, dict[str, Any]] = {
    "apply_score_actions": {"actions": "[]"},
    "earlier_requests": {"user_ids": [], "request_ids": []},
}


def why_no_action_is_recorded() -> Refusal | None:
    """None if actions can be recorded. Uses a connection of its own, and takes a few seconds at most."""
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.managed]
    return why_not_recording(tables, [(read_sql(name), values) for name, values in WRITES.items()])
