"""Lua scripts of the Redis server. Redis runs each as one step."""

import hashlib
from pathlib import Path
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class LuaScript(Generic[Answer]):
    """The script `lua/<name>.lua` in the folder of the module that owns it: `LuaScript[int](__file__, "name")`.

    `Answer` is what the script returns: a number is an int, text is bytes, false is None, an array a tuple, an array
    in an array a list.
    """

    def __init__(self, owner: str, name: str) -> None:
        self.text = (Path(owner).parent / "lua" / f"{name}.lua").read_text(encoding="utf-8")
        # Redis knows a script by the SHA-1 of its text.
        self.digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
