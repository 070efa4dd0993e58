"""Schemathesis sends every operation what its description allows, and what it does not, to a real server."""

from typing import Any

import hypothesis
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck
from schemathesis.specs.openapi import checks

from scoreboard_project.testing.cast import Player
from scoreboard_project.tokens.principal import Scope

CALLER = Player("schemathesis", "Schemathesis")
# Bodies have rules that a schema cannot say: active types, the size of metadata, passwords.
NOT_ASKED_OF_BODIES: list[Any] = [checks.positive_data_acceptance]

schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


@schema.parametrize()
@hypothesis.settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_it_answers_as_described(case: schemathesis.Case[Any], server: str, scoreboard: None) -> None:
    case.call_and_validate(
        base_url=server,
        headers=CALLER.bearer(*Scope),
        excluded_checks=None if case.method == "GET" else NOT_ASKED_OF_BODIES,
    )
