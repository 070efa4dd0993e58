"""Lua scripts that run inside Redis. Redis runs each one atomically."""

import hashlib
from pathlib import Path
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class LuaScript(Generic[Answer]):
    """The script `lua/<name>.lua` beside the module that owns it: `LuaScript[int](__file__, "name")`.

    `Answer` is the type of the script's result: a number becomes an int, text becomes bytes, false becomes None, an
    array becomes a tuple, and an array inside an array becomes a list. `shared` names a file of functions whose text
    goes before the script's.
    """

    def __init__(self, owner: str, name: str, *, shared: str = "") -> None:
        folder = Path(owner).parent / "lua"
        files = [folder / f"{part}.lua" for part in (shared, name) if part]
        self.text = "\n".join(file.read_text(encoding="utf-8") for file in files)
        # Redis identifies a script by the SHA-1 of its text.
        self.digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
