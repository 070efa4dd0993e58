"""The programs that a bench needs beside Python, and the Debian packages that have them."""

import shutil

from scoreboard_project.embedded.wheels import postgres_install

PACKAGES = {"nginx": "nginx-light", "wrk": "wrk", "node": "nodejs", "npm": "npm"}
PLACES = "/usr/local/sbin:/usr/sbin:/sbin"


class MissingTool(Exception):
    """A program is not installed. The message names its package."""


def has_tool(name: str) -> bool:
    return bool(_path_of(name))


def find_tool(name: str) -> str:
    """The path of the program. Raises MissingTool."""
    found = _path_of(name)
    if not found:
        raise MissingTool(f"{name} is not installed. On Debian or Ubuntu: apt install {PACKAGES[name]}")
    return found


def _path_of(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=PLACES)


def find_pgbench() -> str:
    """The pgbench of the embedded PostgreSQL. Raises EmbeddedError if the package is not installed."""
    return str(postgres_install() / "bin" / "pgbench")
