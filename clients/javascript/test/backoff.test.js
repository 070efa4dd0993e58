import assert from "node:assert/strict";
import { test } from "node:test";

import { fullJitterDelay } from "../src/index.js";

const limits = { minDelayMs: 500, maxDelayMs: 30_000 };

test("the bound doubles with each failure, up to a maximum", () => {
  const bounds = [1, 2, 3, 6, 7, 100].map((failures) => fullJitterDelay(failures, { ...limits, random: () => 1 }));
  assert.deepEqual(bounds, [500, 1_000, 2_000, 16_000, 30_000, 30_000]);
});

test("a delay is anywhere below its bound", () => {
  assert.equal(fullJitterDelay(3, { ...limits, random: () => 0 }), 0);
  assert.equal(fullJitterDelay(3, { ...limits, random: () => 0.25 }), 500);
});
