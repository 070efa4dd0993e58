"""Random actions in random order: the scoreboard always agrees with a simple model, a dictionary."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import Count, Max, Q, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from action_types.models import ActionType
from action_types.services import ensure_reserved_action_type
from leaderboard.rank_index import RankIndex
from scoreboard_project.api.errors import ActionNotAllowed, InvalidActionType, NotFound
from scoreboard_project.runtime.redis import redis
from scoreboard_project.testing.cast import Player
from scoreboard_project.testing.game import Answer, Game
from scoreboard_project.testing.loops import run_together
from scoreboard_project.testing.stores import empty_stores
from scoreboard_project.tokens import token_state
from scores.models import BOARD_ORDER, OPENING_BALANCE, OPERATOR_TYPES, REVERSAL, ScoreEvent, UserScore
from scores.operations.reversals import reverse_actions
from scores.ranks.rebuild import rebuild_rank_index
from scores.ranks.reconcile import reconcile_rank_index
from scores.services.actions import ScoreAction, ScoreActionResult
from scores.services.apply import apply_score_actions
from scores.services.report import report_action
from scores.tests.cuts import Cuts
from scores.tests.rules.model import RULES, RuleModel
from scores.trust.awards import award_points
from scores.trust.moderations import NothingLeft, begin_moderation, run_moderation, undo_moderation
from scores.trust.quarantine import HeldSelection, approve_held, hold_users, reject_held, release_users
from scores.trust.selections import Selection
from scores.trust.visibility import ban_users, hide_users, show_users, unban_users

USER_IDS = ("ana", "bob", "Bob", "z z", "a:b")
ACTION_TYPES = ("LEVEL_COMPLETE", "DAILY_BONUS", "BOSS_DEFEAT")
users = st.sampled_from(USER_IDS)
# Only a few ids, so that many are used again.
request_ids = st.sampled_from([f"r{number}" for number in range(6)])
action_types = st.sampled_from(ACTION_TYPES)
actions = st.tuples(users, request_ids, action_types)


@dataclass
class Known:
    """What the model knows about a user."""

    score: int = 0
    actions: int = 0
    # Actions, opening balances and reversals.
    events: int = 0
    moved_at: datetime | None = None
    requests: dict[str, tuple[str, str]] = field(default_factory=dict)


class ScoreboardMachine(RuleBasedStateMachine):
    """The scoreboard beside its model. `game` and `cuts` are set by the test."""

    game: Game
    cuts: Cuts

    @initialize()
    def begin(self) -> None:
        empty_stores()
        rebuild_rank_index()
        self.users: dict[str, Known] = {}
        self.names = {user_id: user_id.title() for user_id in USER_IDS}
        self.shown_names: dict[str, str] = {}
        self.values = {"LEVEL_COMPLETE": 150, "DAILY_BONUS": 50, "BOSS_DEFEAT": 1000}
        self.inactive: set[str] = set()
        self.ruled = RuleModel()
        self.has_ties = False
        self.reversed: set[str] = set()
        self.hidden: set[str] = set()
        self.banned: set[str] = set()
        self.held: set[str] = set()
        # By user: the ids and the values of held actions.
        self.waiting: dict[str, list[tuple[str, int]]] = defaultdict(list)

    @rule(action=actions)
    def play(self, action: tuple[str, str, str]) -> None:
        user_id, request_id, action_type = action
        before = self.rank_of(user_id)
        # SQL finds the rank before by the ledger's times, and ties made by this test do not agree with the ledger.
        is_before_known = not self.has_ties or RankIndex().is_ready()
        body = {"actionType": action_type}
        answer = self.game.update(Player(user_id, self.names[user_id]), body, x_request_id=request_id)
        if user_id in self.banned:
            assert answer.failed_with(403, "PERMISSION_DENIED")
        elif self.is_known(user_id, request_id):
            assert answer.failed_with(409, "DUPLICATE_REQUEST")
            assert answer.error["details"]["originalActionId"] == self.users[user_id].requests[request_id][1]
        elif action_type in self.inactive:
            assert answer.failed_with(400, "INVALID_ACTION_TYPE")
        elif broken := self.ruled.broken_rule(user_id, action_type):
            assert answer.failed_with(422, "ACTION_NOT_ALLOWED")
            assert answer.error["details"]["rule"] == broken
        else:
            self.count(user_id, request_id, action_type, answer.data["actionId"], answer.data["processedAt"])
            assert answer.data["newScore"] == self.users[user_id].score
            assert answer.data["newRank"] == self.rank_of(user_id)
            assert answer.data["previousRank"] == before or not is_before_known

    @rule(batch=st.lists(actions, min_size=1, max_size=8))
    def play_a_batch(self, batch: list[tuple[str, str, str]]) -> None:
        items = [
            {"userId": user, "username": self.names[user], "requestId": request, "actionType": action_type}
            for user, request, action_type in batch
        ]
        before = self.moments()
        for (user, request, action_type), result in zip(batch, self.send_batch(items), strict=True):
            if self.is_known(user, request):
                first_type, action_id = self.users[user].requests[request]
                if first_type == action_type:
                    assert (result["status"] in {"replayed", "pending"}, result["actionId"]) == (True, action_id)
                else:
                    assert result["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"
            elif action_type in self.inactive:
                assert result["error"]["code"] == "INVALID_ACTION_TYPE"
            elif broken := self.ruled.broken_rule(user, action_type, by_server=True):
                assert result["error"]["details"]["rule"] == broken
            else:
                self.count(user, request, action_type, result["actionId"], result["processedAt"])
        self.keep_moments(before)

    @rule(batch=st.lists(actions, min_size=1, max_size=8), cut=st.sampled_from(["", "before", "during", "after"]))
    def play_together(self, batch: list[tuple[str, str, str]], cut: str) -> None:
        """In one group, as concurrent requests do, while the connection is cut. After an error a client tries again."""
        group = [ScoreAction(user, self.names[user], request, action_type) for user, request, action_type in batch]
        before = self.moments()
        self.cuts.places = [cut] if cut else []
        results = run_together(report_action(action) for action in group)
        if cut in {"before", "after"}:
            assert all(isinstance(result, OperationalError) for result in results)
            results = run_together(report_action(action) for action in group)
        for action, result in zip(group, results, strict=True):
            self.follow(action, result)
        self.keep_moments(before)

    def follow(self, action: ScoreAction, result: ScoreActionResult | BaseException) -> None:
        """Check the result of an action by the model, and apply it there."""
        if isinstance(result, BaseException):
            if action.action_type in self.inactive:
                assert isinstance(result, InvalidActionType)
            else:
                assert isinstance(result, ActionNotAllowed)
                assert result.details["rule"] == self.ruled.broken_rule(action.user_id, action.action_type)
            assert not self.is_known(action.user_id, action.request_id)
            return
        recorded = result.recorded
        assert recorded
        if self.is_known(action.user_id, action.request_id):
            first_type, action_id = self.users[action.user_id].requests[action.request_id]
            assert (result.is_replay, recorded.action_id) == (True, action_id)
            assert result.is_same_request == (first_type == action.action_type)
        else:
            assert not self.ruled.broken_rule(action.user_id, action.action_type)
            moment = recorded.processed_at.isoformat()
            self.count(action.user_id, action.request_id, action.action_type, recorded.action_id, moment)

    def moments(self) -> dict[str, tuple[int, datetime | None]]:
        """Each user's score, and when it last changed."""
        return {user_id: (known.score, known.moved_at) for user_id, known in self.users.items()}

    def keep_moments(self, before: dict[str, tuple[int, datetime | None]]) -> None:
        """A write that leaves a score where it was does not move the user."""
        for user_id, (score, moved_at) in before.items():
            if self.users[user_id].score == score:
                self.users[user_id].moved_at = moved_at

    @rule(user=users, points=st.sampled_from([-200, 0, 50, 5000]))
    def give_an_opening_balance(self, user: str, points: int) -> None:
        ensure_reserved_action_type(OPENING_BALANCE, description="", category="")
        request_id = f"balance {ScoreEvent.objects.count()}"
        given = ScoreAction(user, self.names[user], request_id, OPENING_BALANCE, points=points)
        recorded = apply_score_actions([given])[0].recorded
        assert recorded
        assert recorded.score_increment == points
        self.shown_names[user] = self.names[user]
        self.add_points(user, points, recorded.processed_at)

    @rule(number=st.integers(0, 50))
    def take_back(self, number: int) -> None:
        left = ScoreEvent.objects.exclude(event_id__in=self.reversed).order_by("event_id")
        if event := next(iter(left[number % max(1, left.count()) :]), None):
            assert reverse_actions([event.action_id], reason="a test").reversed == 1
            self.reversed.add(event.event_id)
            reversal = ScoreEvent.objects.get(request_id=f"reversal of {event.action_id}")
            self.add_points(event.user_id, -event.score_increment, reversal.created_at)
        done = ScoreEvent.objects.filter(event_id__in=self.reversed).values_list("action_id", flat=True)
        assert reverse_actions(list(done), reason="again").reversed == 0

    @rule(user=users, is_hidden=st.booleans())
    def hide_or_show(self, user: str, is_hidden: bool) -> None:
        if user in self.users:
            moderate = hide_users if is_hidden else show_users
            assert moderate([user], reason="a test") == (is_hidden != (user in self.hidden))
            (self.hidden.add if is_hidden else self.hidden.discard)(user)

    @rule(user=users, is_banned=st.booleans())
    def ban_or_unban(self, user: str, is_banned: bool) -> None:
        if user in self.users:
            moderate = ban_users if is_banned else unban_users
            assert moderate([user], reason="a test") == (is_banned != (user in self.banned))
            (self.banned.add if is_banned else self.banned.discard)(user)

    @rule(user=users, is_held=st.booleans())
    def hold_or_release(self, user: str, is_held: bool) -> None:
        if user in self.users:
            moderate = hold_users if is_held else release_users
            assert moderate([user], reason="a test") == (is_held != (user in self.held))
            (self.held.add if is_held else self.held.discard)(user)

    @rule(user=users, is_approved=st.booleans())
    def decide(self, user: str, is_approved: bool) -> None:
        """About all that the user did while held, in order."""
        waiting = self.waiting.pop(user, [])
        decide = approve_held if is_approved else reject_held
        assert decide(HeldSelection(user_id=user), reason="a test").points == sum(points for _, points in waiting)
        if waiting and is_approved:
            for _, points in waiting:
                self.add_points(user, points, UserScore.objects.get(pk=user).last_updated)
                self.users[user].actions += 1
            ids = ScoreEvent.objects.filter(user_id=user).order_by("created_at", "event_id")
            approved = list(ids.values_list("action_id", flat=True))[-len(waiting) :]
            assert approved == [action_id for action_id, _ in waiting]

    @rule(user=users, is_undone=st.booleans())
    def take_everything_back(self, user: str, is_undone: bool) -> None:
        """Nothing of the user counts then; when that is undone, what counted before."""
        if user not in self.users:
            return
        known = self.users[user]
        try:
            moderation = begin_moderation(Selection(user_id=user), reason="a test")
        except (NothingLeft, NotFound):
            assert known.score == 0
            return
        before, taken = known.score, run_moderation(moderation)
        assert (taken.points, run_moderation(moderation).reversed) == (-before, 0)
        known.score, known.events = 0, known.events + taken.reversed
        if is_undone:
            assert undo_moderation(moderation, reason="a test").reversed == taken.reversed
            known.score, known.events = before, known.events + taken.reversed
        known.moved_at = UserScore.objects.get(pk=user).last_updated
        reversals = ScoreEvent.objects.filter(action_type=REVERSAL).values_list("metadata", flat=True)
        self.reversed = {metadata["reverses"] for metadata in reversals if metadata}

    @rule(user=users, points=st.sampled_from([-300, 500]))
    def award(self, user: str, points: int) -> None:
        if user in self.users:
            recorded = award_points(user, points, reason="a test", award_id=f"{ScoreEvent.objects.count()}")
            self.add_points(user, points, recorded.processed_at)

    @rule(user=users, name=st.sampled_from(["Ana", "Zoë 🎉", "<b>", '"\\']))
    def choose_another_name(self, user: str, name: str) -> None:
        self.names[user] = name

    @rule(action_type=action_types, is_active=st.booleans())
    def activate(self, action_type: str, is_active: bool) -> None:
        ActionType.objects.filter(pk=action_type).update(is_active=is_active)
        (self.inactive.discard if is_active else self.inactive.add)(action_type)

    @rule(action_type=action_types, rules=st.sampled_from(RULES))
    def change_the_rules(self, action_type: str, rules: Mapping[str, Any]) -> None:
        self.ruled.set_rules(action_type, rules)

    @rule(action_type=action_types, value=st.sampled_from([-50, 0, 1, 50, 150]))
    def change_the_value(self, action_type: str, value: int) -> None:
        ActionType.objects.filter(pk=action_type).update(score_value=value)
        self.values[action_type] = value

    @rule()
    def let_all_have_moved_at_one_moment(self) -> None:
        """Make ties in time, as an import does: they do not happen by chance."""
        moment = UserScore.objects.aggregate(latest=Max("last_updated"))["latest"]
        UserScore.objects.update(last_updated=moment)
        self.has_ties = True
        for known in self.users.values():
            known.moved_at = moment
        rebuild_rank_index()

    @rule()
    def flush_redis(self) -> None:
        redis.execute("FLUSHDB")

    @rule()
    def rebuild(self) -> None:
        rebuild_rank_index()

    @rule()
    def reconcile(self) -> None:
        reconcile_rank_index()

    @invariant()
    def scores_are_sums_of_the_ledger(self) -> None:
        expected = {user_id: (known.score, known.actions, known.events) for user_id, known in self.users.items()}
        rows = UserScore.objects.values_list("user_id", "current_score", "total_actions", "version")
        assert {row[0]: row[1:] for row in rows} == expected
        own = Count("pk", filter=~Q(action_type__in=OPERATOR_TYPES))
        events = ScoreEvent.objects.values_list("user_id").annotate(
            sum=Sum("score_increment"), own=own, all=Count("pk")
        )
        assert {row[0]: row[1:] for row in events} == expected

    @invariant()
    def every_board_has_the_same_order(self) -> None:
        expected = self.order()
        assert list(UserScore.on_the_board.order_by(*BOARD_ORDER).values_list("user_id", flat=True)) == expected
        for limit in (10, 100):
            rows = self.game.board(limit=limit)
            assert [row["userId"] for row in rows] == expected
            assert [row["score"] for row in rows] == [self.users[user_id].score for user_id in expected]
            assert [row["username"] for row in rows] == [self.shown_names[user_id] for user_id in expected]
        if RankIndex().is_ready():
            assert [row.user_id for row in RankIndex().page(offset=0, limit=10)[0]] == expected

    @invariant()
    def nobody_finds_a_hidden_user(self) -> None:
        for user_id in sorted(self.hidden | self.banned)[:2]:
            assert self.game.get(f"users/{user_id}/scores").failed_with(404, "USER_NOT_FOUND")

    @invariant()
    def a_player_stands_among_true_neighbours(self) -> None:
        for rank, user_id in enumerate(self.order()[:2], start=1):
            found = self.game.get(f"scoreboard/around/{user_id}?radius=1").data
            assert found["rank"] == rank
            assert [row["userId"] for row in found["leaderboard"]] == self.order()[max(0, rank - 2) : rank + 1]
            assert self.game.get(f"users/{user_id}/scores").data["totalActions"] == self.users[user_id].actions

    def order(self) -> list[str]:
        """The board's order as the specification defines it."""

        def key(user_id: str) -> tuple[int, datetime, bytes]:
            known = self.users[user_id]
            assert known.moved_at
            return -known.score, known.moved_at, user_id.encode()

        return sorted(self.users.keys() - self.hidden - self.banned, key=key)

    def rank_of(self, user_id: str) -> int | None:
        order = self.order()
        return order.index(user_id) + 1 if user_id in order else None

    def is_known(self, user_id: str, request_id: str) -> bool:
        return user_id in self.users and request_id in self.users[user_id].requests

    def count(self, user_id: str, request_id: str, action_type: str, action_id: str, moment: str) -> None:
        """Apply an action to the model, or let it wait there."""
        self.ruled.done[user_id, action_type] += 1
        if user_id in self.held:
            self.users[user_id].requests[request_id] = (action_type, action_id)
            self.waiting[user_id].append((action_id, self.values[action_type]))
            return
        known = self.add_points(user_id, self.values[action_type], datetime.fromisoformat(moment))
        known.actions += 1
        known.requests[request_id] = (action_type, action_id)
        self.shown_names[user_id] = self.names[user_id]

    def add_points(self, user_id: str, points: int, moment: datetime) -> Known:
        known = self.users.setdefault(user_id, Known())
        if points or not known.events:
            known.moved_at = moment
        known.score += points
        known.events += 1
        return known

    def send_batch(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        answer: Answer = self.game.batch(items)
        results: list[dict[str, Any]] = answer.data["results"]
        return results


@pytest.fixture
def played(game: Game, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[ScoreboardMachine]]:
    """The state machine, on the PostgreSQL and Redis of this test."""
    ScoreboardMachine.game = game
    ScoreboardMachine.cuts = Cuts(monkeypatch)
    # There is no other process to wait for.
    monkeypatch.setattr(token_state, "LEASE_SECONDS", 0)
    yield ScoreboardMachine
    connection.close()


@pytest.mark.long
@pytest.mark.parametrize("part", range(3))  # for the workers of a test run to share
def test_random_play_agrees_with_a_dictionary(played: type[ScoreboardMachine], part: int) -> None:
    run_state_machine_as_test(
        played,
        settings=settings(
            max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
