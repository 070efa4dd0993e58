"""Query parameters that narrow a list down. One declaration of a parameter both reads and documents it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drf_spectacular.utils import OpenApiParameter

from scoreboard_project.api.calls import Call
from scoreboard_project.api.errors import InvalidRequest
from scoreboard_project.api.paging import QueryParams

PAGE = ("limit", "offset")


@dataclass(frozen=True, slots=True)
class Filter:
    """Text of 1 to `longest` characters, or one of `choices`."""

    name: str
    description: str
    longest: int = 0
    choices: Sequence[str] = ()
    default: str | None = None

    def read(self, params: QueryParams) -> str | None:
        """The value, or the default if it was not sent. Raises InvalidRequest for an invalid or repeated value."""
        values = params.getlist(self.name)
        if not values:
            return self.default
        if len(values) == 1 and self._takes(values[0]):
            return values[0]
        rule = f"one of {', '.join(self.choices)}" if self.choices else f"one text of 1 to {self.longest} characters"
        raise InvalidRequest(f"{self.name} must be {rule}", details={"parameter": self.name})

    def _takes(self, value: str) -> bool:
        return value in self.choices if self.choices else 1 <= len(value) <= self.longest

    def described(self) -> OpenApiParameter:
        schema = {"enum": list(self.choices)} if self.choices else {"minLength": 1, "maxLength": self.longest}
        default = {"default": self.default} if self.default else {}
        return OpenApiParameter(
            self.name, {"type": "string", **schema, **default}, OpenApiParameter.QUERY, description=self.description
        )


def read_filters(call: Call, filters: Mapping[str, Filter]) -> dict[str, str | None]:
    """The values by key. Raises InvalidRequest, also for parameters that nobody knows: the list would be too long."""
    known = [*PAGE, *(each.name for each in filters.values())]
    if unknown := sorted(set(call.query) - set(known)):
        raise InvalidRequest(
            "Unknown parameters", details={"unknownParameters": unknown[:20], "knownParameters": known}
        )
    return {key: each.read(call.query) for key, each in filters.items()}
