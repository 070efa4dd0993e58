import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { addressesOf } from "../src/addresses.js";

const LIVE = "/ws/v1/scoreboard/live";
const REST = "/api/v1/scoreboard";

/** @param {string} href */
const onPage = (href) => (globalThis.location = new URL(href));

afterEach(() => delete globalThis.location);

test("both addresses follow from a base address, with a path or without", () => {
  for (const [baseUrl, web] of [
    ["https://games.example", "https://games.example"],
    ["https://games.example/", "https://games.example"],
    ["http://games.example:8000/sb/", "http://games.example:8000/sb"],
    ["wss://games.example/sb", "https://games.example/sb"],
  ]) {
    assert.deepEqual(addressesOf({ baseUrl }), { url: web.replace("http", "ws") + LIVE, restUrl: web + REST });
  }
});

test("a base path is that of the page's server", () => {
  onPage("https://games.example/sb/players/ana");
  assert.deepEqual(addressesOf({ baseUrl: "/sb" }), { url: `wss://games.example/sb${LIVE}`, restUrl: `https://games.example/sb${REST}` });
  assert.deepEqual(addressesOf({ baseUrl: "" }), { url: `wss://games.example${LIVE}`, restUrl: `https://games.example${REST}` });
});

test("without any address it is the page's server", () => {
  onPage("http://localhost:8000/?limit=10");
  assert.deepEqual(addressesOf({}), { url: `ws://localhost:8000${LIVE}`, restUrl: `http://localhost:8000${REST}` });
});

test("the board's address follows from that of the live board, not from the page", () => {
  onPage("https://elsewhere.example/");
  const found = addressesOf({ url: `wss://games.example/sb${LIVE}` });
  assert.deepEqual(found, { url: `wss://games.example/sb${LIVE}`, restUrl: `https://games.example/sb${REST}` });
  assert.equal(addressesOf({ url: "wss://games.example/another" }).restUrl, undefined);
});

test("an http address of the live board is that of its socket", () => {
  assert.equal(addressesOf({ url: `https://games.example${LIVE}` }).url, `wss://games.example${LIVE}`);
});

test("a page that no server sent has no server", () => {
  for (const href of ["file:///game/index.html", "capacitor://localhost/", "app://./index.html"]) {
    onPage(href);
    assert.deepEqual(addressesOf({}), { url: undefined, restUrl: undefined });
  }
});

test("given addresses are kept", () => {
  const given = { url: "ws://games.example/live", restUrl: "http://games.example/board" };
  assert.deepEqual(addressesOf({ baseUrl: "https://other.example", ...given }), given);
});
