"""A browser game on another origin: it reads the board, reports actions and watches, if it is listed."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from scoreboard_project.testing.browser import OpenPage
from scoreboard_project.testing.cast import ANA
from scoreboard_project.testing.servers.one_port import OnePort

PLAY = """
async ([base, authorization]) => {
  const call = async (path, options) => {
    const response = await fetch(`${base}/api/v1/${path}`, options);
    const body = response.status === 304 ? null : await response.json();
    const headers = Object.fromEntries(response.headers);
    return { status: response.status, body, headers };
  };
  const bearer = { Authorization: authorization };
  const update = () => call("scores/update", {
    method: "PUT",
    headers: { ...bearer, "Content-Type": "application/json", "Idempotency-Key": "one", "X-Request-ID": "two" },
    body: JSON.stringify({ actionType: "LEVEL_COMPLETE" }),
  });
  const first = await update();
  const second = await update();
  const board = await call("scoreboard");
  const again = await call("scoreboard", { headers: { "If-None-Match": board.headers.etag }, cache: "no-store" });
  const refused = await call("live/ticket", { method: "POST" });
  const { ticket } = (await call("live/ticket", { method: "POST", headers: bearer })).body.data;
  const viewer = await call("live/viewer-token", { method: "POST" });
  const { LiveScoreboard } = await import(`${base}/static/scoreboard-client/index.js`);
  const watch = (credentials) => new Promise((resolve) => {
    const live = new LiveScoreboard({ url: `${base.replace("http", "ws")}/ws/v1/scoreboard/live`, credentials });
    live.addEventListener("update", ({ detail }) => { live.stop(); resolve(detail.leaderboard); });
    live.start();
  });
  return { first, second, board, again, refused, rows: [await watch({ ticket }), await watch(viewer.body.data)] };
}
"""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The origin of an empty page on a server of its own."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><link rel=icon href=data:,><title>A game</title>")

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_listed_page_plays_and_watches(
    own_server: Callable[..., OnePort], elsewhere: str, open_page: OpenPage
) -> None:
    server = own_server(CORS_ALLOWED_ORIGINS=elsewhere)
    found = open_page(elsewhere).evaluate(PLAY, [server.address, ANA.bearer()["Authorization"]])
    first, second = found["first"], found["second"]
    assert (first["status"], first["headers"]["x-request-id"]) == (200, "two")
    assert (second["status"], second["headers"]["idempotency-replayed"]) == (200, "true")
    assert found["board"]["body"]["data"]["leaderboard"][0]["userId"] == "ana"
    assert found["again"]["status"] == 304
    assert (found["refused"]["status"], found["refused"]["body"]["error"]["code"]) == (401, "INVALID_TOKEN")
    assert [rows[0]["score"] for rows in found["rows"]] == [150, 150]


def test_any_other_page_reads_nothing(one_port: OnePort, elsewhere: str, open_page: OpenPage) -> None:
    page = open_page(elsewhere)
    read = "(base) => fetch(`${base}/api/v1/scoreboard`).then(() => 'read', (error) => error.name)"
    assert page.evaluate(read, one_port.address) == "TypeError"
