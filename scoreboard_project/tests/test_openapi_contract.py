"""Schemathesis sends valid and invalid requests for every described operation to a real server.

All of its phases run: examples, coverage and fuzzing for each operation, and sequences of operations, one of which uses
what another answered.
"""

from typing import Any

import hypothesis
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck
from schemathesis.specs.openapi import checks

from scoreboard_project.testing.cast import Player
from scoreboard_project.tokens.principal import Scope

CALLER = Player("schemathesis", "Schemathesis")
# Bodies have rules that a schema cannot express: active types, the size of metadata, passwords.
NOT_ASKED_OF_BODIES: list[Any] = [checks.positive_data_acceptance]
# A batch succeeds even if an item breaks a rule: only that item fails.
NOT_ASKED_OF_BATCHES: list[Any] = [*NOT_ASKED_OF_BODIES, checks.negative_data_rejection]

schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


@schema.parametrize()
@hypothesis.settings(
    max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_it_answers_as_described(case: schemathesis.Case[Any], server: str, scoreboard: None) -> None:
    case.call_and_validate(base_url=server, headers=CALLER.bearer(*Scope), excluded_checks=_not_asked_of(case))


def test_it_answers_as_described_in_any_sequence(server: str, scoreboard: None) -> None:
    class Sequence(schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: schemathesis.Case[Any]) -> dict[str, Any]:
            return {"base_url": server, "headers": CALLER.bearer(*Scope)}

        def validate_response(self, response: Any, case: schemathesis.Case[Any], *_: Any, **__: Any) -> None:
            case.validate_response(response, excluded_checks=_not_asked_of(case))

    Sequence.run(
        settings=hypothesis.settings(
            max_examples=5,
            stateful_step_count=6,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
    )


def _not_asked_of(case: schemathesis.Case[Any]) -> list[Any]:
    if case.path.endswith("/scores/batch"):
        return NOT_ASKED_OF_BATCHES
    if case.path.endswith("/held-actions"):
        return [checks.positive_data_acceptance]  # it knows which action types there are
    return [] if case.method == "GET" else NOT_ASKED_OF_BODIES
