"""Writes of actions whose types have rules: one transaction that locks, counts, decides and writes.

A tally is locked before anything is counted, by each write that adds to it, in every process. So a limit is exact. The
rules are read in the same transaction: one that an administrator saved holds from the next write on.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from action_types.selectors import ActionTypeRules, rules_of
from scoreboard_project.runtime.flows.flow import Flow
from scores.services.actions import ScoreAction
from scores.services.quarantine import Held, held_among, hold_actions
from scores.services.rules import Circumstances, Judge
from scores.services.tallies import Pair, count_up, lock_tallies, save_tallies
from scores.services.writes import Applied, Refused, placed
from scores.sql.statements import statement_of

# Writes the actions at a moment.
Write = Callable[[Sequence[ScoreAction], datetime], Flow[tuple[Applied, Refused]]]


class Written(NamedTuple):
    """What became of the actions. Those in none of the three are duplicates or have no active action type."""

    applied: Applied
    refused: Refused
    held: Held


class RuledTypes:
    """The action types that had rules when this process last looked.

    Only a guess at which statement will do: the database knows, and refuses the other one.
    """

    def __init__(self) -> None:
        self._codes: frozenset[str] = frozenset()

    def include_any(self, actions: Sequence[ScoreAction]) -> bool:
        return bool(self._codes) and any(action.action_type in self._codes for action in actions)

    def learn(self, kinds: Collection[ActionTypeRules]) -> None:
        seen = {kind.action_type for kind in kinds}
        self._codes = (self._codes - seen) | {kind.action_type for kind in kinds if kind.is_ruled}


ruled_types = RuledTypes()


def judged_write(actions: Sequence[ScoreAction], write: Write) -> Flow[Written]:
    """Write or hold the actions that the rules allow. To be run in a transaction."""
    kinds = yield from rules_of({action.action_type for action in actions})
    ruled_types.learn(kinds)
    rules = {kind.action_type: kind for kind in kinds}
    held_users = yield from held_among({action.user_id for action in actions})
    tallies = yield from lock_tallies(_needed(actions, rules, held_users))
    (circumstances,) = yield from _circumstances(actions)
    most_recent = {kind.action_type: kind.most_recent for kind in kinds}
    counted = yield from count_up(tallies, most_recent, circumstances.moment)
    judge = Judge(rules, circumstances, counted, held_users)
    judge.look_at(actions)
    sent = [actions[at] for at in judge.allowed]
    rows, unfit = (yield from write(sent, circumstances.moment)) if sent else ({}, {})
    applied = {judge.allowed[at]: placed(row, judge.allowed[at]) for at, row in rows.items()}
    held = yield from hold_actions(actions, judge.held, circumstances.moment)
    counting = [row for at, row in applied.items() if _adds_to_tally(actions[at], rules)]
    yield from save_tallies(counted, [*counting, *held.values()])
    return Written(applied, judge.refused | {judge.allowed[at]: error for at, error in unfit.items()}, held)


def _adds_to_tally(action: ScoreAction, rules: Mapping[str, ActionTypeRules]) -> bool:
    """An approved action did when it was held."""
    return rules[action.action_type].counts_actions and not action.is_approval


def _needed(
    actions: Sequence[ScoreAction], rules: Mapping[str, ActionTypeRules], held_users: Collection[str]
) -> set[Pair]:
    """The tallies that the actions add to or depend on."""
    needed = set()
    for action in actions:
        kind = rules.get(action.action_type)
        if kind and (kind.counts_actions or kind.hold_scores or action.user_id in held_users):
            needed.add((action.user_id, kind.action_type))
        if kind and kind.requires_action_type and not action.is_exempt:
            needed.add((action.user_id, kind.requires_action_type))
    return needed


def _circumstances(actions: Sequence[ScoreAction]) -> Flow[list[Circumstances]]:
    parameters = {
        "user_ids": [action.user_id for action in actions],
        "request_ids": [action.request_id for action in actions],
    }
    return (yield from statement_of("used_requests", Circumstances, parameters))
