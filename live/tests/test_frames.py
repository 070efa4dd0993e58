"""Which frames are read the quick way. All others are left to `websockets`."""

import pytest
from websockets.frames import Opcode

from live.connections.frames import MAX_FRAME_BYTES, read_whole_frame
from live.tests.raw_socket import frame

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
NOT_LAST = 0x00


def masked(payload: bytes) -> bytes:
    mask = b"\x01\x02\x03\x04"
    return bytes([0x81, 0x80 | len(payload)]) + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, MAX_FRAME_BYTES])
def test_a_text_is_read(length: int) -> None:
    data = frame(TEXT, b"x" * length)
    assert read_whole_frame(data, 0) == (Opcode.TEXT, b"x" * length, len(data))


def test_its_mask_is_taken_off() -> None:
    found = read_whole_frame(masked(b'{"type":"ping"}'), 0)
    assert found
    assert found.payload == b'{"type":"ping"}'


def test_each_frame_says_where_the_next_begins() -> None:
    data = frame(TEXT, b"one") + frame(PING, b"two") + frame(PONG, b"three")
    found, at = [], 0
    while whole := read_whole_frame(data, at):
        found.append((whole.opcode, whole.payload))
        at = whole.end
    assert found == [(Opcode.TEXT, b"one"), (Opcode.PING, b"two"), (Opcode.PONG, b"three")]
    assert at == len(data)


@pytest.mark.parametrize("payload", [b"hello", b"x" * 200])
def test_a_frame_that_has_not_come_as_a_whole_is_left(payload: bytes) -> None:
    data = frame(TEXT, payload)
    assert [read_whole_frame(data[:length], 0) for length in range(len(data))] == [None] * len(data)


@pytest.mark.parametrize(
    "data",
    [
        frame(BINARY, b"x"),
        frame(CLOSE),
        frame(CONTINUATION, b"x"),
        frame(TEXT, b"x", first=NOT_LAST),
        frame(TEXT, b"x", first=0xC0),
        frame(3, b"x"),
        frame(TEXT, b"x", is_masked=False),
        frame(TEXT, b"x" * 200, is_masked=False),
        frame(TEXT, b"x" * (MAX_FRAME_BYTES + 1)),
        frame(TEXT, b"x", length=1),
        frame(PING, b"x" * 126),
        b"\x81\xfe\x00\x05\0\0\0\0hello",
    ],
)
def test_a_frame_that_is_not_ordinary_is_left(data: bytes) -> None:
    assert read_whole_frame(data, 0) is None
