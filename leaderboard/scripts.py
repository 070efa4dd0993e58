"""The Lua scripts, loaded once a process. Redis runs each as one step."""

from functools import lru_cache
from pathlib import Path

from redis import Redis
from redis.commands.core import Script

LUA = Path(__file__).resolve().parent / "lua"


@lru_cache(maxsize=256)
def script(client: Redis, name: str) -> Script:
    """The script `lua/<name>.lua` bound to a client: called by its digest, sent again when Redis forgot it."""
    return Script(client, (LUA / f"{name}.lua").read_text(encoding="utf-8"))
