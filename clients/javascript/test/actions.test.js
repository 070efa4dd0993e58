import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, test } from "node:test";

import { ActionError, LiveScoreboard } from "../src/index.js";
import { startServer } from "./fake-server.js";

const RESULT = { actionId: "action_1", newScore: 150, scoreIncrement: 150, newRank: 1, previousRank: null };
const QUICK = { minDelayMs: 20, maxDelayMs: 40, heartbeatMs: 10_000, timeoutMs: 2_000, pollMs: 30 };
const opened = [];

afterEach(() => opened.splice(0).forEach((each) => each.stop()));

/** A server that gives each action, with its peer, to `answer`. */
async function server(answer, behaviour) {
  const onFrame = (peer, frame) => {
    if (frame.type === "subscribe_leaderboard") peer.send({ type: "scoreboard_update", data: { leaderboard: [], limit: frame.data.limit } });
    if (frame.type === "submit_action") answer?.(peer, frame.data);
  };
  const started = await startServer({ onFrame, board: { leaderboard: [] }, ...behaviour });
  opened.push(started);
  return started;
}

function client({ url, restUrl }, options = {}) {
  const made = new LiveScoreboard({ url, restUrl, credentials: { token: "t" }, ...QUICK, ...options });
  opened.unshift(made);
  made.errors = [];
  made.addEventListener("error", ({ detail }) => made.errors.push(detail));
  made.start();
  return made;
}

const succeed = (peer, { requestId, actionType }, more = {}) =>
  peer.send({ type: "action_result", data: { ...RESULT, requestId, actionType }, ...more });

const actionsAt = (peer) => peer.frames.filter(({ type }) => type === "submit_action").map(({ data }) => data);

const isRefused = (code, requestId) => (error) => error instanceof ActionError && error.code === code && (!requestId || error.requestId === requestId);

test("an action is sent and its result returned", async () => {
  const at = await server(succeed);
  const live = client(at);
  await once(live, "update");
  const result = await live.submitAction("LEVEL_COMPLETE", { level: 5 }, { requestId: "run-1" });
  assert.deepEqual(result, { ...RESULT, requestId: "run-1", actionType: "LEVEL_COMPLETE", replayed: false });
  assert.deepEqual(actionsAt(at.peers[0]), [{ requestId: "run-1", actionType: "LEVEL_COMPLETE", metadata: { level: 5 } }]);
});

test("without metadata and id it has no metadata and an id of its own", async () => {
  const at = await server(succeed);
  const live = client(at);
  await Promise.all([live.submitAction("A"), live.submitAction("A")]);
  const [first, second] = actionsAt(at.peers[0]);
  assert.deepEqual(Object.keys(first), ["requestId", "actionType"]);
  assert.match(first.requestId, /^[0-9a-f]{32}$/);
  assert.notEqual(first.requestId, second.requestId);
});

test("a replay says so", async () => {
  const at = await server((peer, action) => succeed(peer, action, { replayed: true }));
  assert.equal((await client(at).submitAction("A")).replayed, true);
});

test("answers in another order find their actions", async () => {
  const asked = [];
  const at = await server((peer, action) => {
    asked.unshift(action);
    if (asked.length === 3) asked.forEach((each) => succeed(peer, each));
  });
  const live = client(at);
  const results = await Promise.all(["a", "b", "c"].map((requestId) => live.submitAction("A", null, { requestId })));
  assert.deepEqual(results.map(({ requestId }) => requestId), ["a", "b", "c"]);
});

test("a refused action rejects and is no error event", async () => {
  const error = { code: "INVALID_ACTION_TYPE", message: "no", details: { actionType: "A" } };
  const at = await server((peer, { requestId }) => peer.send({ type: "error", error, requestId }));
  const live = client(at);
  await assert.rejects(live.submitAction("A", null, { requestId: "run-1" }), (found) => {
    assert.deepEqual([found.code, found.message, found.details, found.requestId], [error.code, "no", error.details, "run-1"]);
    return found instanceof ActionError;
  });
  assert.deepEqual(live.errors, []);
});

test("an action whose answer was lost is sent again under its id, once for each connection", async () => {
  const at = await server((peer, action) => (at.peers.length < 3 ? peer.socket.destroy() : succeed(peer, action)));
  const live = client(at);
  await once(live, "update");
  const { requestId } = await live.submitAction("A", { level: 5 });
  const sent = at.peers.map(actionsAt);
  assert.deepEqual(sent.map((actions) => actions.length), [1, 1, 1]);
  assert.deepEqual(sent[2][0], { requestId, actionType: "A", metadata: { level: 5 } });
});

test("an action from before the connection waits for it", async () => {
  const at = await server(succeed);
  const live = client(at, { credentials: () => new Promise((resolve) => setTimeout(resolve, 50, "t")) });
  assert.equal((await live.submitAction("A")).newScore, 150);
});

test("an answered action is not sent again", async () => {
  const at = await server(succeed);
  const live = client(at);
  await live.submitAction("A");
  at.peers[0].socket.destroy();
  await once(live, "update");
  await live.submitAction("B");
  assert.deepEqual(actionsAt(at.peers[1]).map(({ actionType }) => actionType), ["B"]);
});

test("a server that is silent after an action is left, and the action sent again", async () => {
  const at = await server((peer, action) => at.peers.length > 1 && succeed(peer, action));
  const live = client(at, { timeoutMs: 100 });
  await once(live, "update");
  assert.equal((await live.submitAction("A")).newScore, 150);
  assert.equal(at.peers.length, 2);
});

test("without an answer in time it rejects, and a late answer is ignored", async () => {
  const asked = [];
  const at = await server((peer, action) => asked.push([peer, action]));
  const live = client(at);
  await assert.rejects(live.submitAction("A", null, { requestId: "run-1", timeoutMs: 50 }), isRefused("TIMEOUT", "run-1"));
  const again = live.submitAction("A", null, { requestId: "run-2" });
  while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  asked.forEach(([peer, action]) => succeed(peer, action));
  assert.equal((await again).requestId, "run-2");
});

test("stop rejects what is unanswered, and nothing is sent until the next start", async () => {
  const at = await server(succeed, { onFrame: () => {} });
  const live = client(at);
  const unanswered = live.submitAction("A");
  live.stop();
  await assert.rejects(unanswered, isRefused("STOPPED"));
  await assert.rejects(live.submitAction("A"), isRefused("STOPPED"));
  await assert.rejects(new LiveScoreboard({ url: at.url }).submitAction("A"), isRefused("STOPPED"));
});

test("a refusal for good rejects the actions", async () => {
  const at = await server(succeed, { onOpen: (peer) => peer.close(4403) });
  const live = client(at);
  await assert.rejects(live.submitAction("A"), isRefused("PERMISSION_DENIED"));
  assert.equal(live.state, "polling");
  await assert.rejects(live.submitAction("A"), isRefused("PERMISSION_DENIED"));
});

test("what does not fit into a frame, or has the id of another action, is not sent", async () => {
  const at = await server();
  const live = client(at);
  await once(live, "update");
  await assert.rejects(live.submitAction("A", { text: "é".repeat(2_048) }), isRefused("PAYLOAD_TOO_LARGE"));
  const first = live.submitAction("A", null, { requestId: "run-1" });
  await assert.rejects(live.submitAction("A", null, { requestId: "run-1" }), isRefused("INVALID_REQUEST", "run-1"));
  while (!actionsAt(at.peers[0]).length) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(actionsAt(at.peers[0]).length, 1);
  live.stop();
  await assert.rejects(first, isRefused("STOPPED"));
});

const real = process.env.SCOREBOARD_URL;
const realToken = process.env.SCOREBOARD_TOKEN;
test("it plays on a real scoreboard", { skip: !(real && realToken) && "SCOREBOARD_URL or SCOREBOARD_TOKEN is not set" }, async () => {
  const live = client({}, { baseUrl: real, credentials: realToken });
  const first = await live.submitAction("LEVEL_COMPLETE", { level: 5 }, { requestId: "run-1" });
  assert.deepEqual([first.scoreIncrement, first.replayed, first.requestId], [150, false, "run-1"]);
  const again = await live.submitAction("LEVEL_COMPLETE", { level: 5 }, { requestId: "run-1" });
  assert.deepEqual([again.actionId, again.replayed], [first.actionId, true]);
  await assert.rejects(live.submitAction("NOPE", null, { requestId: "run-2" }), isRefused("INVALID_ACTION_TYPE", "run-2"));
});
