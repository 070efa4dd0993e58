"""The rows of the OWASP API Security Top 10 (2023). Each has a file here, which names its risk and its other tests."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from scoreboard_project.testing.servers.api_server import ROOT

RISKS = {
    "api01": "Broken Object Level Authorization",
    "api02": "Broken Authentication",
    "api03": "Broken Object Property Level Authorization",
    "api04": "Unrestricted Resource Consumption",
    "api05": "Broken Function Level Authorization",
    "api06": "Unrestricted Access to Sensitive Business Flows",
    "api07": "Server Side Request Forgery",
    "api08": "Security Misconfiguration",
    "api09": "Improper Inventory Management",
    "api10": "Unsafe Consumption of APIs",
}


def module_of(number: str) -> str:
    return f"test_{number}_{RISKS[number].lower().replace(' ', '_')}"


@pytest.mark.parametrize("number", RISKS)
def test_each_risk_has_a_file_that_names_it_and_tests_that_exist(number: str) -> None:
    module = import_module(f"scoreboard_project.tests.security.{module_of(number)}")
    assert module.__doc__
    assert RISKS[number] in module.__doc__
    assert module.TESTED_ELSEWHERE
    for test in module.TESTED_ELSEWHERE:
        file, name = test.split("::")
        assert re.search(rf"def {name}\(", Path(ROOT, file).read_text(encoding="utf-8")), test
