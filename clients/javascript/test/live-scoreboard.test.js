import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, test } from "node:test";

import { LiveScoreboard } from "../src/index.js";
import { startServer } from "./fake-server.js";

const BOARD = { leaderboard: [{ rank: 1, userId: "ana", username: "Ana", score: 150 }], limit: 10, timestamp: "2026-01-01T00:00:00Z" };
const QUICK = { minDelayMs: 20, maxDelayMs: 40, heartbeatMs: 10_000, timeoutMs: 2_000, pollMs: 30 };
const opened = [];

afterEach(() => opened.splice(0).forEach((each) => each.stop()));

async function server(behaviour) {
  const started = await startServer({ onFrame: answerSubscriptions, board: { leaderboard: [], lastRefresh: "then" }, ...behaviour });
  opened.push(started);
  return started;
}

function answerSubscriptions(peer, frame) {
  if (frame.type === "subscribe_leaderboard") peer.send({ type: "scoreboard_update", data: { ...BOARD, limit: frame.data.limit } });
  if (frame.type === "ping") peer.send({ type: "pong" });
}

function client({ url, restUrl }, options = {}) {
  const made = new LiveScoreboard({ url, restUrl, credentials: { token: "t" }, ...QUICK, ...options });
  opened.unshift(made);
  made.states = [];
  made.errors = [];
  made.addEventListener("error", ({ detail }) => made.errors.push(detail));
  made.addEventListener("state", ({ detail }) => made.states.push(detail.state));
  made.start();
  return made;
}

async function until(condition) {
  const giveUpAt = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < giveUpAt, "the condition did not come true in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("it connects with its token, subscribes and reports the board", async () => {
  const at = await server();
  const live = client(at, { limit: 25 });
  const [{ detail }] = await once(live, "update");
  assert.deepEqual(detail, { ...BOARD, limit: 25 });
  assert.equal(at.peers[0].url, "/live?token=t");
  assert.deepEqual(live.states, ["connecting", "live"]);
});

test("a ticket takes precedence over a token", async () => {
  const at = await server();
  await once(client(at, { credentials: { token: "t", ticket: "x" } }), "update");
  assert.equal(at.peers[0].url, "/live?ticket=x");
});

test("credentials are fetched for each connection", async () => {
  const at = await server();
  let count = 0;
  const live = client(at, { credentials: async () => ({ token: `t${++count}` }) });
  await once(live, "update");
  at.peers[0].close(4401);
  await until(() => at.peers.length === 2);
  assert.equal(at.peers[1].url, "/live?token=t2");
});

test("it reconnects and subscribes again when the connection is lost", async () => {
  const at = await server();
  const live = client(at);
  await once(live, "update");
  live.subscribe(50);
  await once(live, "update");
  at.peers[0].socket.destroy();
  await once(live, "update");
  assert.deepEqual(at.peers[1].frames, [{ type: "subscribe_leaderboard", data: { limit: 50 } }]);
  assert.deepEqual(live.states, ["connecting", "live", "waiting", "connecting", "live"]);
});

test("it reconnects after the delay that the server asked for", async () => {
  const at = await server();
  const live = client(at, { minDelayMs: 60_000, maxDelayMs: 60_000, random: () => 1 });
  await once(live, "update");
  at.peers[0].send({ type: "reconnect", data: { afterMs: 30 } });
  at.peers[0].close(1001);
  await until(() => at.peers.length === 2);
});

test("a board of the previous size is not reported", async () => {
  const at = await server({ onFrame: () => {} });
  const live = client(at);
  await until(() => at.peers[0]?.frames.length);
  live.subscribe(25);
  const boards = [];
  live.addEventListener("update", ({ detail }) => boards.push(detail.limit));
  at.peers[0].send({ type: "scoreboard_update", data: { ...BOARD, limit: 10 } });
  at.peers[0].send({ type: "scoreboard_update", data: { ...BOARD, limit: 25 } });
  await until(() => boards.length);
  assert.deepEqual(boards, [25]);
});

test("a refused frame is an error event", async () => {
  const at = await server();
  const live = client(at);
  await once(live, "update");
  at.peers[0].send({ type: "error", error: { code: "INVALID_LIMIT", message: "no", details: {} } });
  const [{ detail }] = await once(live, "error");
  assert.equal(detail.code, "INVALID_LIMIT");
});

test("a connection to a silent server is closed", async () => {
  const at = await server({ onFrame: (peer, frame) => frame.type === "ping" || answerSubscriptions(peer, frame) });
  await once(client(at, { heartbeatMs: 30, timeoutMs: 300 }), "update");
  await until(() => at.peers.length >= 2);
  assert.equal(at.peers[0].frames.at(-1).type, "ping");
});

test("pings keep a quiet connection open", async () => {
  const at = await server();
  await once(client(at, { heartbeatMs: 15, timeoutMs: 200 }), "update");
  await until(() => at.peers[0].frames.length > 4);
  assert.equal(at.peers.length, 1);
});

test("after a few failures it polls, and stops polling once a socket is live", async () => {
  let isClosed = true;
  const at = await server({ onOpen: (peer) => isClosed && peer.close(4429), onFrame: (...frame) => isClosed || answerSubscriptions(...frame) });
  const live = client(at);
  const [{ detail }] = await once(live, "update");
  assert.deepEqual(detail, { leaderboard: [], limit: 10, timestamp: "then" });
  assert.equal(live.state, "polling");
  isClosed = false;
  await until(() => live.state === "live");
  assert.equal(live.polling.isRunning, false);
});

test("when polling finds the server back, the socket is tried at once", async () => {
  const at = await server({ onOpen: (peer) => at.isBack || peer.close(1001), status: 503 });
  // After the second failure the client would wait for a minute.
  const random = () => (at.peers.length < 2 ? 0 : 1);
  const live = client(at, { minDelayMs: 60_000, maxDelayMs: 60_000, failuresBeforePolling: 2, random });
  await until(() => live.state === "polling" && at.requests.length >= 2);
  assert.equal(at.peers.length, 2);
  at.isBack = true;
  at.behaviour.status = 200;
  await until(() => live.state === "live");
  assert.equal(at.peers.length, 3);
});

test("an unchanged board is requested again but not reported again", async () => {
  const at = await server({ onOpen: (peer) => peer.close(4403) });
  const live = client(at);
  let told = 0;
  live.addEventListener("update", () => told++);
  await until(() => at.requests.length >= 4);
  assert.equal(told, 1);
  assert.ok(at.requests[1].headers["if-none-match"]);
});

test("a forbidden origin and an invalid fixed token are not tried again", async () => {
  for (const code of [4403, 4401]) {
    const at = await server({ onOpen: (peer) => peer.close(code) });
    const live = client(at);
    await until(() => at.requests.length >= 3);
    assert.equal(at.peers.length, 1);
    live.stop();
  }
});

test("credentials that cannot be fetched are reported once and tried again", async () => {
  const at = await server();
  let failures = 2;
  const live = client(at, { credentials: async () => (failures-- > 0 ? Promise.reject(new Error("unavailable")) : { token: "t" }) });
  await once(live, "update");
  assert.equal(at.peers.length, 1);
  assert.deepEqual(live.errors, [{ code: "CANNOT_CONNECT", message: "unavailable", details: {} }]);
});

test("a plain string is a token, also from a function", async () => {
  for (const credentials of ["t", () => "t", async () => "t"]) {
    const at = await server();
    await once(client(at, { credentials }), "update");
    assert.equal(at.peers[0].url, "/live?token=t");
  }
});

test("a string that the server refuses is reported and not tried again", async () => {
  const at = await server({ onOpen: (peer) => peer.close(4401) });
  const live = client(at, { credentials: "old" });
  await until(() => at.requests.length >= 3);
  assert.equal(at.peers.length, 1);
  assert.equal(live.state, "polling");
  assert.deepEqual(live.errors.map(({ code }) => code), ["INVALID_TOKEN"]);
});

test("a function is asked for one more token, and the second refusal is reported", async () => {
  const at = await server({ onOpen: (peer) => peer.close(4401) });
  let asked = 0;
  const live = client(at, { credentials: () => `t${++asked}` });
  await until(() => at.requests.length >= 3);
  assert.deepEqual([asked, at.peers.length, live.state], [2, 2, "polling"]);
  assert.deepEqual(live.errors.map(({ code }) => code), ["INVALID_TOKEN"]);
});

test("a token that ends while it is used is replaced, however often", async () => {
  const at = await server();
  const live = client(at, { credentials: () => "t" });
  for (let count = 0; count < 4; count++) {
    await once(live, "update");
    at.peers.at(-1).close(4401);
  }
  await once(live, "update");
  assert.deepEqual(live.errors, []);
});

test("what is refused for good ends where there is no board to read", async () => {
  const at = await server({ onOpen: (peer) => peer.close(4403) });
  const live = client({ url: at.url });
  await until(() => live.state === "stopped");
  assert.deepEqual(live.errors.map(({ code }) => code), ["PERMISSION_DENIED"]);
  live.start();
  await until(() => at.peers.length === 2);
});

test("without a board to read it keeps trying the socket and says that it waits", async () => {
  const at = await server({ onOpen: (peer) => peer.close(1013) });
  const live = client({ url: at.url });
  await until(() => at.peers.length >= 5);
  assert.ok(!live.states.includes("polling"));
});

test("without a WebSocket it reads the board at once and says so", async () => {
  const at = await server();
  const { WebSocket: own } = globalThis;
  delete globalThis.WebSocket;
  try {
    const live = client(at);
    const [{ detail }] = await once(live, "update");
    assert.equal(detail.timestamp, "then");
    assert.equal(live.state, "polling");
    assert.deepEqual(live.errors.map(({ code }) => code), ["NO_WEBSOCKET"]);
    assert.throws(() => new LiveScoreboard({ url: at.url }).start(), /no WebSocket here.*restUrl/);
  } finally {
    globalThis.WebSocket = own;
  }
});

test("without any address it refuses to start", () => {
  assert.throws(() => new LiveScoreboard().start(), /address of the live board is not known/);
  assert.throws(() => new LiveScoreboard({ url: "not an address" }), TypeError);
  assert.throws(() => new LiveScoreboard({ baseUrl: "/sb" }), TypeError);
});

test("a board that cannot be read is reported once", async () => {
  const at = await server({ onOpen: (peer) => peer.close(4403), status: 404 });
  const live = client(at);
  await until(() => at.requests.length >= 4);
  assert.deepEqual(live.errors.map(({ code }) => code), ["PERMISSION_DENIED", "BOARD_UNAVAILABLE"]);
  assert.match(live.errors[1].message, /board: Cannot read the board: HTTP 404$/);
});

test("a long token is renewed on the open connection", async () => {
  const at = await server();
  const long = "x".repeat(8_192);
  const live = client(at, { credentials: () => ({ token: long, expiresIn: 0.05 }) });
  await once(live, "update");
  await until(() => at.peers[0].frames.some((frame) => frame.data?.token === long));
});

test("a fetched token is renewed on the open connection", async () => {
  const at = await server();
  let count = 0;
  const live = client(at, { credentials: () => ({ token: `t${++count}`, expiresIn: 0.05 }) });
  await once(live, "update");
  await until(() => at.peers[0].frames.some((frame) => frame.type === "authenticate"));
  // On a busy machine the second token comes before the socket is open, and is not sent.
  assert.match(at.peers[0].frames.find((frame) => frame.type === "authenticate").data.token, /^t[2-9]$/);
  assert.equal(at.peers.length, 1);
});

test("it stays stopped after stop", async () => {
  const at = await server();
  const live = client(at);
  await once(live, "update");
  live.stop();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(at.peers.length, 1);
  assert.equal(live.state, "stopped");
});

test("it watches a real scoreboard", { skip: !process.env.SCOREBOARD_URL && "SCOREBOARD_URL is not set" }, async () => {
  const url = process.env.SCOREBOARD_URL;
  const live = client(
    {},
    {
      baseUrl: url,
      credentials: async () => {
        const response = await fetch(`${url}/api/v1/live/viewer-token`, { method: "POST" });
        return (await response.json()).data;
      },
    },
  );
  const [{ detail }] = await once(live, "update");
  assert.deepEqual(detail.leaderboard.map((row) => row.userId), ["ana"]);
});
