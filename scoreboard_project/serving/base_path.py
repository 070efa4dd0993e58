"""SCOREBOARD_BASE_PATH: the whole server answers below `/sb`, whether its gateway passes `/sb` on or cuts it off."""

import re
from collections.abc import Iterable, MutableMapping
from typing import Any

from scoreboard_project.serving.body_length import Application, Environ, StartResponse

BASE_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
# A path that begins like an address of ours would be cut off twice.
OWN_ADDRESSES = frozenset(
    {"admin", "api", "docs", "favicon.ico", "healthz", "metrics", "players", "readyz", "static", "ws"}
)

Scope = MutableMapping[str, Any]
# Channels and uvicorn each have types of their own for it.
AsgiApplication = Any


def read_path(text: str) -> str:
    """`/sb` from `/sb` or `/sb/`, empty for the root. Raises ValueError, with a right value, for anything else."""
    path = text.rstrip("/")
    if path and not BASE_PATH.fullmatch(path):
        raise ValueError(f"{text!r} is not the path of an address. Write /sb for https://games.example/sb/")
    if path.split("/")[1:2] and path.split("/")[1] in OWN_ADDRESSES:
        raise ValueError(f"{text!r} begins like an address of the server's own. Write /scoreboard{path}")
    return path


def below(base_path: str, path: str) -> str:
    """The path that the application knows: without the base path, if the gateway has passed it on."""
    if base_path and path.startswith(base_path) and path[len(base_path) :][:1] in {"", "/"}:
        return path[len(base_path) :] or "/"
    return path


class WsgiBelow:
    """WSGI middleware for a base path. Django takes the path itself from FORCE_SCRIPT_NAME."""

    def __init__(self, application: Application, base_path: str) -> None:
        self._application = application
        self._base_path = base_path

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ["PATH_INFO"] = below(self._base_path, environ.get("PATH_INFO", ""))
        return self._application(environ, start_response)


class AsgiBelow:
    """ASGI middleware for a base path."""

    def __init__(self, application: AsgiApplication, base_path: str) -> None:
        self._application = application
        self._base_path = base_path

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        if "path" in scope:
            scope = {**scope, "path": below(self._base_path, scope["path"])}
        await self._application(scope, receive, send)
