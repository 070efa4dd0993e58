"""The rules of action types for the model-based test: what a dictionary says of an action."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from action_types.models import ActionType

# Of rules that do not end during the test.
RULES: list[Mapping[str, Any]] = [
    {},
    {"max_ever": 1},
    {"max_ever": 4},
    {"max_per_hour": 2},
    {"cooldown_seconds": 86_400},
    {"server_only": True},
    {"requires_action_type_id": "LEVEL_COMPLETE", "requires_count": 2},
]
NO_RULES = {name: None for rules in RULES for name in rules} | {"server_only": False}


@dataclass
class RuleModel:
    """The rules that are set, and how often each user did what, also if it was taken back since."""

    rules: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    done: Counter[tuple[str, str]] = field(default_factory=Counter)

    def set_rules(self, action_type: str, rules: Mapping[str, Any]) -> None:
        """Past the admin. A type cannot require itself."""
        if rules.get("requires_action_type_id") != action_type:
            ActionType.objects.filter(pk=action_type).update(**{**NO_RULES, **rules})
            self.rules[action_type] = rules

    def broken_rule(self, user_id: str, action_type: str, *, by_server: bool = False) -> str | None:
        """The rule that refuses the action, by its name in the answer."""
        rules, done = self.rules.get(action_type, {}), self.done[user_id, action_type]
        broken = {
            "serverOnly": "server_only" in rules and not by_server,
            "requires": self.done[user_id, "LEVEL_COMPLETE"] < rules.get("requires_count", 0),
            "maxEver": done >= rules.get("max_ever", done + 1),
            "maxPerHour": done >= rules.get("max_per_hour", done + 1),
            "cooldownSeconds": done > 0 and "cooldown_seconds" in rules,
        }
        return next((name for name, is_broken in broken.items() if is_broken), None)
