"""docs/errors.md lists every error code with its status, and no other codes."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from scoreboard_project.api.errors import ApiError, ErrorCode, InvalidMetadata
from scores.services.metadata import check_metadata

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([A-Z_]+)` \| (\d{3}) \| .+? \| .+? \| `(\{.*?\})`(?: \(.+\))? \|$", re.MULTILINE)
ITEM_CODES = re.compile(r"with one of these codes: (.*?)\. An item", re.DOTALL)

BAD_METADATA: dict[str, Any] = {
    "object": [],
    "size": {"text": "x" * 4096},
    "depth": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {}}}}}}}}},
    "keys": {str(number): number for number in range(65)},
    "integer": {"a": 2**53 + 1},
    "number": {"a": float("inf")},
    "text": {"a": "\0"},
}


class Listed(NamedTuple):
    """A row of the first table on the page."""

    code: str
    status: int
    details: dict[str, Any]


def listed() -> list[Listed]:
    return [Listed(code, int(status), json.loads(details)) for code, status, details in ROW.findall(PAGE)]


def test_every_code_is_listed_once_and_no_other() -> None:
    assert sorted(row.code for row in listed()) == sorted(code.value for code in ErrorCode)


def test_each_code_is_listed_with_its_status() -> None:
    assert {(row.code, row.status) for row in listed()} == {
        (error.code.value, error.status) for error in ApiError.__subclasses__()
    }


def test_batch_items_name_codes_that_exist() -> None:
    (found,) = ITEM_CODES.findall(PAGE)
    codes = re.findall(r"`([A-Z_]+)`", found)
    assert codes
    assert set(codes) <= {code.value for code in ErrorCode}


@pytest.mark.parametrize("rule", BAD_METADATA)
def test_each_rule_of_metadata_is_listed(rule: str) -> None:
    with pytest.raises(InvalidMetadata) as raised:
        check_metadata(BAD_METADATA[rule])
    assert raised.value.details == {"rule": rule}
    assert f"\n| `{rule}` | " in PAGE


def test_no_other_rule_of_metadata_is_listed() -> None:
    rules = PAGE.partition("## Rules of metadata")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \| [a-z`]", rules, re.MULTILINE)[1:] == list(BAD_METADATA)
