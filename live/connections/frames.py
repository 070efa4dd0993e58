"""Frames of clients: how large they may be, the quick way to read an ordinary one, and the general one for the rest."""

import json
from dataclasses import dataclass
from typing import NamedTuple

from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.utils import apply_mask

INVALID_UTF8 = 1007
TOO_BIG = 1009
MAX_FRAME_BYTES = 4 * 1024
# An `authenticate` frame, with a token of 8 KiB. It is what `--ws-max-size` says, so no frame is larger.
MAX_AUTHENTICATE_BYTES = 9 * 1024

MAX_SHORT_BYTES = 125
LENGTH_IN_TWO_BYTES = 126
MASKED = 0x80
# The first byte of a frame that is whole: its last-piece bit, and the opcode.
WHOLE = {0x80 | opcode: opcode for opcode in (Opcode.TEXT, Opcode.PING, Opcode.PONG)}


class WholeFrame(NamedTuple):
    """A frame that is a message by itself. `end`: where the next one begins."""

    opcode: Opcode
    payload: bytes
    end: int


def read_whole_frame(data: bytes, at: int) -> WholeFrame | None:
    """The ordinary frame at this place: a whole text, ping or pong of at most 4 KiB. None for anything else."""
    if len(data) < at + 2 or (opcode := WHOLE.get(data[at])) is None:
        return None
    length, start = data[at + 1] - MASKED, at + 2
    if length == LENGTH_IN_TWO_BYTES and opcode is Opcode.TEXT:
        length, start = int.from_bytes(data[start : start + 2]), start + 2
        is_ordinary = MAX_SHORT_BYTES < length <= MAX_FRAME_BYTES
    else:
        is_ordinary = 0 <= length <= MAX_SHORT_BYTES
    end = start + 4 + length
    if not is_ordinary or end > len(data):
        return None
    return WholeFrame(opcode, apply_mask(data[start + 4 : end], data[start : start + 4]), end)


@dataclass(frozen=True, slots=True)
class OutgoingFrame:
    """A text frame, encoded once for all sockets: as text for ASGI, and as the bytes on the wire."""

    text: str
    wire: bytes


def unmasked(opcode: Opcode, payload: bytes) -> bytes:
    """A frame of the server's, as the bytes on the wire."""
    return Frame(opcode, payload).serialize(mask=False)


class BadMessage(Exception):
    """The connection must be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Unfinished(Exception):
    """More pieces of the message must come."""


def text_of(message: bytes) -> str:
    """Raises BadMessage if it is not UTF-8."""
    try:
        return message.decode()
    except UnicodeDecodeError:
        raise BadMessage(INVALID_UTF8, "invalid UTF-8") from None


def may_be_object(beginning: bytes) -> bool:
    """Whether the first piece of a text can be that of a JSON object."""
    return beginning.lstrip(b" \t\r\n")[:1] in {b"{", b""}


def is_authenticate(message: bytes) -> bool:
    """Whether it is an `authenticate` frame, whatever else it says. Only long frames are read here."""
    try:
        frame = json.loads(message)
    except (ValueError, RecursionError):
        return False
    return isinstance(frame, dict) and frame.get("type") == "authenticate"


class UnusualFrames:
    """A protocol of `websockets` for one connection, and the pieces of a message that comes in several frames."""

    def __init__(self, max_size: int) -> None:
        self.conn = ServerProtocol(state=State.OPEN, max_size=max_size)
        self._frames: list[Frame] = []
        self._is_text = True
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """Read frames. Returns what the protocol itself answers: pongs, and the close frame if it ends here."""
        self.conn.receive_data(data)
        self._frames += [event for event in self.conn.events_received() if isinstance(event, Frame)]
        return b"".join(self.conn.data_to_send())

    def next_frame(self) -> Frame | None:
        return self._frames.pop(0) if self._frames else None

    def message(self, frame: Frame) -> str | None:
        """The text, or None of a binary message. Raises Unfinished before the last piece, and BadMessage.

        A message above MAX_FRAME_BYTES is refused as soon as it cannot be an `authenticate` frame any more.
        """
        if frame.opcode is not Opcode.CONT:
            self._is_text, self._pieces = frame.opcode is Opcode.TEXT, []
        self._pieces.append(bytes(frame.data))
        if not frame.fin:
            if sum(map(len, self._pieces)) > MAX_FRAME_BYTES and not may_be_object(self._pieces[0]):
                raise BadMessage(TOO_BIG, "frame too big")
            raise Unfinished
        message, self._pieces = b"".join(self._pieces), []
        if len(message) > MAX_FRAME_BYTES and not (self._is_text and is_authenticate(message)):
            raise BadMessage(TOO_BIG, "frame too big")
        return text_of(message) if self._is_text else None
