"""What a moderation would do: how many events, users and points, and how the top of the board would look."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from leaderboard.types import BoardRow
from scores.models import BOARD_ORDER, Moderation, UserScore
from scores.ranks.standings import database_now
from scores.trust.moderations import counts, events_to_restore, events_to_reverse, with_chains
from scores.trust.selections import ChosenEvent, Selection, some_events

TOP = 10
ROW = ("user_id", "username", "current_score", "last_updated")


@dataclass(frozen=True, slots=True)
class Preview:
    """`points` is by how much all scores together would change. `top` are the first rows of the board afterwards.

    `already_reversed` of the events that were chosen do not count any more, and stay as they are.
    """

    events: int
    users: int
    points: int
    top: list[BoardRow]
    already_reversed: int = 0


def preview_moderation(selection: Selection) -> Preview:
    """Changes nothing. Raises InvalidRequest, or what `Selection.checked` raises."""
    chosen = some_events(selection.checked().ending(database_now()))
    counting = [event for event, chain in with_chains(chosen) if counts(chain)]
    return replace(_preview(counting, sign=-1), already_reversed=len(chosen) - len(counting))


def preview_run(moderation: Moderation) -> Preview:
    """What running it again would reverse. Changes nothing."""
    return _preview(events_to_reverse(moderation), sign=-1)


def preview_undo(moderation: Moderation) -> Preview:
    """What undoing it would restore. Changes nothing."""
    return _preview(events_to_restore(moderation), sign=1)


def _preview(events: Iterable[ChosenEvent], *, sign: int) -> Preview:
    count, changes = 0, Counter[str]()
    for event in events:
        count += 1
        changes[event.user_id] += sign * event.points
    return Preview(count, len(changes), changes.total(), top_of_board(changes))


def top_of_board(
    changes: Counter[str] | None = None, *, without: Collection[str] = (), with_hidden: Collection[str] = ()
) -> list[BoardRow]:
    """The first rows now; or if scores changed so, if users left, and if hidden users came back."""
    changes = changes or Counter()
    unmoved = UserScore.on_the_board.exclude(pk__in=[*changes, *without]).order_by(*BOARD_ORDER)
    rows = [BoardRow(*row) for row in unmoved.values_list(*ROW)[:TOP]]
    rows += _changed_rows(changes)
    rows += [BoardRow(*row) for row in UserScore.objects.filter(pk__in=with_hidden, is_hidden=True).values_list(*ROW)]
    return sorted(rows, key=lambda row: (-row.score, row.last_updated, row.user_id.encode()))[:TOP]


def _changed_rows(changes: Counter[str]) -> list[BoardRow]:
    """Whoever loses or gains points has reached the new score last."""
    now = database_now()
    changed = UserScore.on_the_board.filter(pk__in=list(changes)).order_by()
    return [
        BoardRow(user_id, username, score + changes[user_id], now if changes[user_id] else last_updated)
        for user_id, username, score, last_updated in changed.values_list(*ROW)
    ]
