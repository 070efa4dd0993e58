"""Frames that break the protocol get its close codes. The server stays healthy and keeps nothing."""

import re
import struct
from collections.abc import Iterator

import pytest

from live.tests.raw_socket import RawSocket, frame, handshake
from live.tests.sockets import LiveClient
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.servers.one_port import OnePort
from scoreboard_project.testing.waiting import wait_for

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
NOT_LAST = 0x00
PIECE = b"x" * 125
PROTOCOL_ERROR, BAD_UTF8, TOO_BIG = 1002, 1007, 1009

CORPUS = {
    "reserved opcode 3": (frame(3), PROTOCOL_ERROR),
    "reserved opcode 7": (frame(7, b"x"), PROTOCOL_ERROR),
    "reserved control opcode 11": (frame(11), PROTOCOL_ERROR),
    "reserved control opcode 15": (frame(15), PROTOCOL_ERROR),
    "reserved bit 1": (frame(TEXT, b"x", first=0xC0), PROTOCOL_ERROR),
    "reserved bit 2": (frame(TEXT, b"x", first=0xA0), PROTOCOL_ERROR),
    "reserved bit 3": (frame(TEXT, b"x", first=0x90), PROTOCOL_ERROR),
    "an unmasked frame": (frame(TEXT, b'{"type":"ping"}', is_masked=False), PROTOCOL_ERROR),
    "a ping in pieces": (frame(PING, b"x", first=NOT_LAST), PROTOCOL_ERROR),
    "a close in pieces": (frame(CLOSE, first=NOT_LAST), PROTOCOL_ERROR),
    "a ping of 126 bytes": (frame(PING, b"x" * 126), PROTOCOL_ERROR),
    "a pong of 126 bytes": (frame(PONG, b"x" * 126), PROTOCOL_ERROR),
    "a continuation of nothing": (frame(CONTINUATION, b"x"), PROTOCOL_ERROR),
    "a text within a text": (frame(TEXT, b"x", first=NOT_LAST) + frame(TEXT, b"y"), PROTOCOL_ERROR),
    "bad UTF-8": (frame(TEXT, b"\xff\xfe"), BAD_UTF8),
    "half a character": (frame(TEXT, b"\xe2\x82"), BAD_UTF8),
    "a surrogate": (frame(TEXT, b"\xed\xa0\x80"), BAD_UTF8),
    "bad UTF-8 over two pieces": (frame(TEXT, b"\xe2", first=NOT_LAST) + frame(CONTINUATION, b"\x28"), BAD_UTF8),
    "a length of 10 KiB in 64 bits": (frame(TEXT, b"x", length=10 * 1024), TOO_BIG),
    "5 KiB of text": (frame(TEXT, b"x" * 5 * 1024), TOO_BIG),
    "5 KiB of bytes": (frame(BINARY, b"x" * 5 * 1024), TOO_BIG),
    "5 KiB of an object": (frame(TEXT, b'{"type":"ping","data":{"x":"' + b"x" * 5 * 1024 + b'"}}'), TOO_BIG),
    "5 KiB of depth": (frame(TEXT, b'{"type":' + b"[" * 5 * 1024), TOO_BIG),
    "5 KiB at once and more to come": (frame(TEXT, b"x" * 5 * 1024, first=NOT_LAST), TOO_BIG),
    "a length of 2^40": (frame(TEXT, b"x", length=2**40), TOO_BIG),
    "a length of 2^63": (frame(TEXT, b"x", length=2**63), None),
    "a length of 2^64-1": (frame(TEXT, b"x", length=2**64 - 1), None),
    "pieces without end": (
        frame(TEXT, b"x" * 125, first=NOT_LAST) + frame(CONTINUATION, b"x" * 125, first=NOT_LAST) * 40,
        TOO_BIG,
    ),
    "a close of one byte": (frame(CLOSE, b"x"), PROTOCOL_ERROR),
    "a close with code 999": (frame(CLOSE, struct.pack("!H", 999)), PROTOCOL_ERROR),
    "a close with code 1005": (frame(CLOSE, struct.pack("!H", 1005)), PROTOCOL_ERROR),
    "a close with code 65535": (frame(CLOSE, struct.pack("!H", 65535)), PROTOCOL_ERROR),
    "a close whose reason is not UTF-8": (frame(CLOSE, struct.pack("!H", 1000) + b"\xff"), BAD_UTF8),
    "a close": (frame(CLOSE, struct.pack("!H", 1000)), 1000),
    "a close with a private code": (frame(CLOSE, struct.pack("!H", 4999) + b"bye"), 4999),
}

BAD_HANDSHAKES = {
    "another version": {"Sec-WebSocket-Version": "8"},
    "no version": {"Sec-WebSocket-Version": None},
    "no key": {"Sec-WebSocket-Key": None},
    "a short key": {"Sec-WebSocket-Key": "eA=="},
    "a key that is not base64": {"Sec-WebSocket-Key": "!" * 24},
}


@pytest.fixture
def healthy(one_port: OnePort) -> Iterator[OnePort]:
    """The server, which must be healthy and without sockets after the test."""
    yield one_port
    wait_for(lambda: one_port.metric("scoreboard_live_sockets") == 0)
    assert not re.search("Traceback|Exception", one_port.log.read_text())
    with LiveClient(one_port, ANA) as live:
        assert live.ask({"type": "ping"}) == {"type": "pong"}


@pytest.mark.parametrize(("sent", "code"), CORPUS.values(), ids=CORPUS)
def test_it_is_closed_with_the_protocols_code(healthy: OnePort, sent: bytes, code: int | None) -> None:
    with RawSocket(healthy) as raw:
        assert raw.upgrade(handshake(healthy, ANA)) == 101
        raw.socket.sendall(frame(TEXT, b'{"type":"subscribe_leaderboard"}') + sent)
        found = raw.close_code()
    assert found == code or (code is None and found in {PROTOCOL_ERROR, TOO_BIG})


@pytest.mark.parametrize("changes", BAD_HANDSHAKES.values(), ids=BAD_HANDSHAKES)
def test_a_bad_handshake_is_refused(healthy: OnePort, changes: dict[str, str | None]) -> None:
    with RawSocket(healthy) as raw:
        assert raw.upgrade(handshake(healthy, ANA, changes=changes)) in {400, 426}


@pytest.mark.parametrize("path", ["/", "/ws", "/ws/v1/scoreboard/live/", "/ws/v1/scoreboard/dead", "/%ff", "//"])
def test_another_address_is_refused(healthy: OnePort, path: str) -> None:
    with RawSocket(healthy) as raw:
        assert raw.upgrade(handshake(healthy, ANA, path=path)) in {400, 403, 404}


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_half_a_handshake_is_forgotten(healthy: OnePort, part: float) -> None:
    request = handshake(healthy, ANA)
    with RawSocket(healthy) as raw:
        raw.socket.sendall(request[: int(len(request) * part)])
        raw.abort()


def test_half_a_frame_is_forgotten(healthy: OnePort) -> None:
    with RawSocket(healthy) as raw:
        raw.upgrade(handshake(healthy, ANA))
        raw.socket.sendall(frame(TEXT, b"x" * 100)[:50])
        raw.abort()
