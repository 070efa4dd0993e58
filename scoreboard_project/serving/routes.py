"""The addresses of the endpoints, by the project's urls.py, for the fast path."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver

from scoreboard_project.api.calls import Endpoint

# The part of an address that it leaves open, such as `<path:user_id>`. Our addresses have one at most.
OPEN_PART = re.compile(r"<path:(\w+)>")


class Route(NamedTuple):
    """An address with its endpoints by method. `pattern` is Django's, such as `api/v1/users/<path:user_id>/scores`."""

    pattern: str
    endpoints: Mapping[str, Endpoint]
    most_body_bytes: int


class Found(NamedTuple):
    """The endpoint of a request."""

    route: Route
    endpoint: Endpoint
    parameters: Mapping[str, str]


class Routes:
    """The endpoints among the addresses of the project, found as Django finds them: the first that fits."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._fixed: dict[tuple[str, str], Found] = {}
        self._open: list[tuple[str, str, str, Route]] = []
        for route in routes:
            before, *rest = OPEN_PART.split(f"/{route.pattern}")
            if rest:
                self._open.append((before, rest[0], rest[1], route))
                continue
            for method, endpoint in route.endpoints.items():
                self._fixed[before, method] = Found(route, endpoint, {})

    def find(self, path: str, method: str) -> Found | None:
        return self._fixed.get((path, method)) or self._find_open(path, method)

    def _find_open(self, path: str, method: str) -> Found | None:
        for before, name, after, route in self._open:
            if path.startswith(before) and path.endswith(after) and len(path) > len(before) + len(after):
                endpoint = route.endpoints.get(method)
                # Django's open parts do not contain a line feed.
                if endpoint is None or "\n" in path:
                    return None
                return Found(route, endpoint, {name: path[len(before) : len(path) - len(after)]})
        return None


def endpoint_routes(patterns: Iterable[Any], prefix: str = "") -> Iterator[Route]:
    """The routes of the views that are endpoints (`EndpointView`, `PlainView`)."""
    for each in patterns:
        address = f"{prefix}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from endpoint_routes(each.url_patterns, address)
        elif isinstance(each, URLPattern):
            view = getattr(each.callback, "view_class", each.callback)
            if endpoints := getattr(view, "endpoints", None):
                most_body_bytes = getattr(view, "most_body_bytes", None)
                yield Route(address, endpoints, most_body_bytes() if most_body_bytes else 0)
