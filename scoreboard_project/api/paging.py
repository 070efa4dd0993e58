"""Whole-number query parameters and pages. One declaration of a parameter both reads and documents it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Protocol, Self

from django.http import QueryDict
from msgspec import Meta

from scoreboard_project.api.calls import Call
from scoreboard_project.api.errors import InvalidLimit
from scoreboard_project.api.shapes import Shape

DIGITS = re.compile(r"[0-9]{1,16}")
MAX_OFFSET = 2**53
LONGEST_REMEMBERED_QUERY = 64


class QueryParams(Protocol):
    """The part of Django's QueryDict that is needed here."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A query parameter: one whole number within a range, in ASCII digits."""

    name: str
    description: str
    default: int
    minimum: int
    maximum: int

    def read(self, params: QueryParams) -> int:
        """The value, or the default if it was not sent. Raises InvalidLimit for an invalid or repeated value."""
        values = params.getlist(self.name)
        if not values:
            return self.default
        if len(values) == 1 and DIGITS.fullmatch(values[0]) and self.minimum <= int(values[0]) <= self.maximum:
            return int(values[0])
        raise self.error()

    def error(self) -> InvalidLimit:
        return InvalidLimit(
            f"{self.name} must be one whole number from {self.minimum} to {self.maximum}",
            details={"parameter": self.name, "minimum": self.minimum, "maximum": self.maximum},
        )


# Compared by identity: each has its own remembered pages.
@dataclass(frozen=True, slots=True, eq=False)
class Paging:
    limit: WholeNumber
    offset: WholeNumber

    @classmethod
    def of(cls, *, default_limit: int, max_limit: int) -> Self:
        return cls(
            WholeNumber("limit", "How many to return.", default_limit, 1, max_limit),
            WholeNumber("offset", "How many to skip.", 0, 0, MAX_OFFSET),
        )

    def read(self, params: QueryParams) -> tuple[int, int]:
        """`(limit, offset)`. Raises InvalidLimit."""
        return self.limit.read(params), self.offset.read(params)

    def of_call(self, call: Call) -> tuple[int, int]:
        """`(limit, offset)` of a call's query. Raises InvalidLimit. Most calls ask for one of a few pages."""
        if len(call.query_string) > LONGEST_REMEMBERED_QUERY:
            return self.read(call.query)
        return _remembered_page(self, call.query_string)


@lru_cache(maxsize=1024)
def _remembered_page(paging: Paging, query_string: str) -> tuple[int, int]:
    return paging.read(QueryDict(query_string))


class Pagination(Shape):
    """The position of a page in its list."""

    limit: Annotated[int, Meta(ge=1)]
    offset: Annotated[int, Meta(ge=0)]
    total: Annotated[int, Meta(ge=0, description="How many there are in all.")]
    has_more: Annotated[bool, Meta(description="Whether any come after this page.")]

    @classmethod
    def of(cls, *, limit: int, offset: int, total: int) -> Self:
        return cls(limit, offset, total, offset + limit < total)
