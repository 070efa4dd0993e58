"""`moderate list` and `moderate held`: tables for people, and the API's answers for programs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from scoreboard_project.api.paging import Pagination
from scoreboard_project.api.shapes import Shape
from scores.api.moderation.lists import HeldActionListOutput, ListedHeldAction, ListedModeration, ModerationListOutput
from scores.trust.lists import list_held, list_moderations

LONGEST_CELL = 60
CHOICES = {"actions": "actions:", "userId": "user", "ipAddress": "address", "actionType": "type"}


def moderations(options: Mapping[str, Any]) -> str:
    rows, total = list_moderations(**_given(options, "limit", "offset", "user_id", "status"))
    listed = [ListedModeration.of(row) for row in rows]
    if options["json"]:
        return _json(ModerationListOutput(listed, _pagination(options, total)))
    cells = [(_time(r.begun_at), r.moderation_id, r.status, _chosen(r), r.moderator, r.reason) for r in listed]
    headings = ("begun (UTC)", "moderation", "status", "what is reversed", "by", "reason")
    return _table(headings, cells) + _summary("moderation", len(rows), total)


def held(options: Mapping[str, Any]) -> str:
    rows, total = list_held(**_given(options, "limit", "offset", "user_id", "action_type", "status"))
    listed = [ListedHeldAction.of(row) for row in rows]
    if options["json"]:
        return _json(HeldActionListOutput(listed, _pagination(options, total)))
    cells = [
        (_time(r.reported_at), r.action_id, r.user_id, r.action_type, f"{r.points:+}", r.ip_address, r.status, r.reason)
        for r in listed
    ]
    headings = ("reported (UTC)", "action", "user", "type", "points", "address", "status", "reason")
    return _table(headings, cells) + _summary("held action", len(rows), total)


def _given(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: options[name] for name in names}


def _pagination(options: Mapping[str, Any], total: int) -> Pagination:
    return Pagination.of(limit=options["limit"], offset=options["offset"], total=total)


def _json(output: Shape) -> str:
    return msgspec.json.encode(output).decode()


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _chosen(row: ListedModeration) -> str:
    chosen = msgspec.to_builtins(row.chosen, builtin_types=(datetime,))
    what = [f"{word} {chosen[name]}" for name, word in CHOICES.items() if name in chosen]
    times = [f"{name} {_time(chosen[name])}" for name in ("since", "until") if name in chosen]
    return " ".join([*what, *times])


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns side by side; a long reason is cut, as the audit has all of it."""
    lines = [headings, *rows]
    if len(lines) == 1:
        return ""
    shown = [[*line[:-1], line[-1][:LONGEST_CELL]] for line in lines]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    padded = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in shown]
    return "\n".join(line.rstrip() for line in padded) + "\n"


def _summary(what: str, listed: int, total: int) -> str:
    counted = f"{total} {what}" if total == 1 else f"{total} {what}s"
    return f"{listed} of {counted}" if listed < total else counted
