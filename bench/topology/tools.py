"""The programs that a bench needs beside Python, and the Debian packages that have them."""

import shutil

from scoreboard_project.embedded.wheels import postgres_install

PACKAGES = {"nginx": "nginx-light", "wrk": "wrk", "node": "nodejs", "npm": "npm"}
PLACES = "/usr/local/sbin:/usr/sbin:/sbin"


class MissingTool(Exception):
    """A program is not installed. The message names its package."""


def find_tool(name: str) -> str:
    """The path of the program. Raises MissingTool."""
    found = shutil.which(name) or shutil.which(name, path=PLACES)
    if not found:
        raise MissingTool(f"{name} is not installed. On Debian or Ubuntu: apt install {PACKAGES[name]}")
    return found


def find_pgbench() -> str:
    """The pgbench of the embedded PostgreSQL. Raises EmbeddedError if the package is not installed."""
    return str(postgres_install() / "bin" / "pgbench")
