"""The actions of a batch, and the request bodies that carry them."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_BATCH_BYTES = 4 * 1024 * 1024
MAX_BATCH_ACTIONS = 1000
PREFIX, SEPARATOR, SUFFIX = b'{"actions":[', b",", b"]}"


def new_request_id() -> str:
    """A new random id (UUID)."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class ScoreAction:
    """An action of any user, for `batch`.

    The request id is created with the object. If you send the same object again, the action still counts once.
    """

    user_id: str
    action_type: str
    metadata: Mapping[str, Any] | None = None
    username: str | None = None
    request_id: str = field(default_factory=new_request_id)

    def to_json(self) -> dict[str, Any]:
        """The action as an item of the request body."""
        body = {
            "userId": self.user_id,
            "username": self.username,
            "requestId": self.request_id,
            "actionType": self.action_type,
            "metadata": None if self.metadata is None else dict(self.metadata),
        }
        return {name: value for name, value in body.items() if value is not None}


def encode(body: Mapping[str, Any]) -> bytes:
    """Compact JSON. Raises ValueError for NaN and infinity, and TypeError for values that JSON cannot express."""
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One request of a batch."""

    actions: tuple[ScoreAction, ...]
    body: bytes


def chunks_of(actions: Iterable[ScoreAction], chunk_size: int) -> Iterator[Chunk]:
    """Split actions into requests of at most `chunk_size` actions and MAX_BATCH_BYTES bytes. Raises ValueError."""
    if not 1 <= chunk_size <= MAX_BATCH_ACTIONS:
        raise ValueError(f"chunk_size must be from 1 to {MAX_BATCH_ACTIONS}")
    chunk: list[ScoreAction] = []
    bodies: list[bytes] = []
    length = 0
    for action in actions:
        body = encode(action.to_json())
        is_full = len(chunk) == chunk_size or length + len(body) > MAX_BATCH_BYTES - len(PREFIX + SUFFIX)
        if chunk and is_full:
            yield _joined(chunk, bodies)
            chunk, bodies, length = [], [], 0
        chunk.append(action)
        bodies.append(body)
        length += len(body) + len(SEPARATOR)
    if chunk:
        yield _joined(chunk, bodies)


def _joined(chunk: list[ScoreAction], bodies: list[bytes]) -> Chunk:
    return Chunk(tuple(chunk), PREFIX + SEPARATOR.join(bodies) + SUFFIX)
