"""Whole-number query parameters, read strictly: once, ASCII digits only, within their range."""

import re
from collections.abc import Mapping
from typing import Protocol

from scoreboard_project.api.errors import InvalidLimit

DIGITS = re.compile(r"[0-9]{1,16}")
MAX_OFFSET = 2**53


class QueryParams(Protocol):
    """What Django's QueryDict offers."""

    def getlist(self, key: str) -> list[str]:
        """Every value of `key`, as sent."""
        ...


def read_whole_number(params: QueryParams, name: str, *, default: int, minimum: int, maximum: int) -> int:
    """The parameter's value, or `default` when it is not sent. Raises InvalidLimit for anything else."""
    values = params.getlist(name)
    if not values:
        return default
    if len(values) == 1 and DIGITS.fullmatch(values[0]) and minimum <= int(values[0]) <= maximum:
        return int(values[0])
    raise InvalidLimit(
        f"{name} must be one whole number from {minimum} to {maximum}",
        details={"parameter": name, "minimum": minimum, "maximum": maximum},
    )


def read_page(params: QueryParams, *, default_limit: int, max_limit: int) -> tuple[int, int]:
    """`(limit, offset)`. Raises InvalidLimit."""
    limit = read_whole_number(params, "limit", default=default_limit, minimum=1, maximum=max_limit)
    offset = read_whole_number(params, "offset", default=0, minimum=0, maximum=MAX_OFFSET)
    return limit, offset


def pagination(*, limit: int, offset: int, total: int) -> Mapping[str, int | bool]:
    """The `pagination` object of every listing."""
    return {"limit": limit, "offset": offset, "total": total, "hasMore": offset + limit < total}
