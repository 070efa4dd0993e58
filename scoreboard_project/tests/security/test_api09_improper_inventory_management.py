"""API9:2023 Improper Inventory Management: what is served is what is described, one version of it, and no more."""

import re

from drf_spectacular.generators import SchemaGenerator

from scoreboard_project.testing.game import Game
from scoreboard_project.tests.security.test_matrix import of_the_api

TESTED_ELSEWHERE = [
    "scoreboard_project/tests/security/test_matrix.py::test_every_address_of_the_api_is_in_the_table_with_its_methods",
    "scoreboard_project/tests/security/test_matrix.py::test_every_other_address_is_a_page_for_everyone_or_of_the_admin",
    "scoreboard_project/tests/test_openapi.py::test_it_says_which_operations_want_a_token",
]
# They are the description, or follow another standard.
NOT_DESCRIBED = {"schema", "docs", "jwks"}


def test_each_operation_that_is_served_is_described_and_no_other() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    described = {
        (re.sub(r"{\w+}", "*", path), method.upper())
        for path, operations in schema["paths"].items()
        for method in operations
    }
    served = {
        (re.sub(r"/(?:ana|1)(?=/|$)", "/*", route.path), method)
        for route in of_the_api()
        if route.name not in NOT_DESCRIBED
        for method in route.methods
    }
    assert served == described


def test_no_other_version_and_no_leftover_is_served(game: Game) -> None:
    for path in ("/api/", "/api/v0/scoreboard", "/api/v2/scoreboard", "/api/scoreboard", "/v1/scoreboard", "/graphql"):
        assert game.send("GET", path).status == 404
    for path in ("/debug", "/__debug__/", "/swagger.json", "/openapi.json", "/actuator", "/metrics/", "/server-status"):
        assert game.send("GET", path).status == 404
