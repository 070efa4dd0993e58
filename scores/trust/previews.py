"""What a moderation would do: how many events, users and points, and how the top of the board would look."""

from collections import Counter
from dataclasses import dataclass

from leaderboard.types import BoardRow
from scores.models import BOARD_ORDER, UserScore
from scores.ranks.standings import database_now
from scores.trust.moderations import counts, with_chains
from scores.trust.selections import Selection, some_events

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
    changes = Counter[str]()
    for event in counting:
        changes[event.user_id] -= event.points
    return Preview(
        len(counting), len(changes), changes.total(), _top_after(changes), already_reversed=len(chosen) - len(counting)
    )


def _top_after(changes: Counter[str]) -> list[BoardRow]:
    """Whoever loses or gains points has reached the new score last."""
    now = database_now()
    board = UserScore.on_the_board.order_by(*BOARD_ORDER)
    others = [BoardRow(*row) for row in board.exclude(pk__in=list(changes)).values_list(*ROW)[:TOP]]
    moved = [
        BoardRow(
            row.user_id,
            row.username,
            row.score + changes[row.user_id],
            now if changes[row.user_id] else row.last_updated,
        )
        for row in (BoardRow(*row) for row in board.filter(pk__in=list(changes)).order_by().values_list(*ROW))
    ]
    return sorted(others + moved, key=lambda row: (-row.score, row.last_updated, row.user_id.encode()))[:TOP]
