"""Whole numbers in a query, and pages."""

import pytest
from django.http import QueryDict

from scoreboard_project.api.errors import InvalidLimit
from scoreboard_project.api.paging import Pagination, Paging


def page(query: str) -> tuple[int, int]:
    return Paging.of(default_limit=10, max_limit=100).read(QueryDict(query))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (10, 0)),
        ("limit=1", (1, 0)),
        ("limit=100&offset=0", (100, 0)),
        ("offset=50000", (10, 50_000)),
        ("limit=007", (7, 0)),
        ("offset=9007199254740992", (10, 2**53)),
        ("other=x", (10, 0)),
    ],
)
def test_it_reads(query: str, expected: tuple[int, int]) -> None:
    assert page(query) == expected


@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize(
    "value",
    ["-1", "1e3", "1.0", "%D9%A1%D9%A0", "", "%20", "1%20", "+1", "0x10", "1_0", "NaN", "null", "%00", "9" * 5000, "²"],
)
def test_it_refuses(name: str, value: str) -> None:
    with pytest.raises(InvalidLimit) as caught:
        page(f"{name}={value}")

    assert caught.value.details["parameter"] == name


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "offset=9007199254740993", f"offset={10**20}"])
def test_it_refuses_what_is_out_of_range(query: str) -> None:
    with pytest.raises(InvalidLimit):
        page(query)


@pytest.mark.parametrize("query", ["limit=1&limit=1", "offset=0&offset=", "limit=&limit=5"])
def test_it_refuses_a_repeated_parameter(query: str) -> None:
    with pytest.raises(InvalidLimit):
        page(query)


@pytest.mark.parametrize(
    ("offset", "total", "has_more"), [(0, 11, True), (1, 11, False), (0, 0, False), (50, 11, False)]
)
def test_it_tells_whether_there_is_more(offset: int, total: int, has_more: bool) -> None:
    assert Pagination.of(limit=10, offset=offset, total=total).has_more is has_more
