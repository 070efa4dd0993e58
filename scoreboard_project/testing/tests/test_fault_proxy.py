"""The proxy of the fault tests does to a connection what its methods say."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scoreboard_project.testing.faults.proxy import FaultProxy, fault_proxy
from scoreboard_project.testing.waiting import wait_for


class Echo(socketserver.StreamRequestHandler):
    """Sends each line back."""

    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[FaultProxy]:
    """Before a server that echoes."""
    with socketserver.ThreadingUnixStreamServer(str(tmp_path / "echo"), Echo) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        with fault_proxy(tmp_path / "echo") as found:
            yield found
        server.shutdown()


@pytest.fixture
def client(proxy: FaultProxy) -> Iterator[socket.socket]:
    """A connection that works."""
    with connected(proxy) as found:
        assert echoed(found)
        yield found


def connected(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=0.2)


def echoed(client: socket.socket, line: bytes = b"hello\n") -> bytes:
    client.sendall(line)
    return client.recv(64)


def test_latency_delays_each_piece(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.delay(0.05)
    asked = time.monotonic()
    assert echoed(client) == b"hello\n"
    assert time.monotonic() - asked >= 0.1


def test_a_narrow_line_takes_its_time(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.throttle(100)
    asked = time.monotonic()
    assert echoed(client) == b"hello\n"
    assert time.monotonic() - asked >= 0.1


def test_a_blackhole_holds_everything_back_and_lets_it_go_at_its_end(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.blackhole()
    with connected(proxy) as late:
        for each in (client, late):
            with pytest.raises(TimeoutError):
                echoed(each)
        proxy.heal()
        assert client.recv(64) == late.recv(64) == b"hello\n"


def test_a_reset_ends_connections_and_not_the_next(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        client.recv(64)
    with connected(proxy) as next_one:
        assert echoed(next_one) == b"hello\n"
    wait_for(lambda: proxy.open_links == 0)


def test_a_refusal_ends_and_refuses_until_it_is_over(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.refuse()
    with pytest.raises(ConnectionResetError):
        client.recv(64)
    with pytest.raises(ConnectionRefusedError):
        connected(proxy)
    proxy.heal()
    with connected(proxy) as next_one:
        assert echoed(next_one) == b"hello\n"


def test_a_severed_connection_stays_silent_for_ever(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.sever()
    proxy.heal()
    with pytest.raises(TimeoutError):
        echoed(client)
    with connected(proxy) as next_one:
        assert echoed(next_one) == b"hello\n"


def test_a_connection_is_cut_in_the_middle_of_an_answer(proxy: FaultProxy, client: socket.socket) -> None:
    proxy.cut_after(8)
    assert echoed(client) == b"hello\n"
    with pytest.raises(ConnectionResetError):
        echoed(client)
