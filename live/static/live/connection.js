// Shared by all live pages: fetch a viewer token, and show the state of the connection.

import { LiveScoreboard } from "../scoreboard-client/index.js";
import { base } from "./base.js";

const WORDS = {
  connecting: "Connecting",
  live: "Live",
  waiting: "Reconnecting",
  polling: "Delayed updates",
  stopped: "Stopped",
};

async function fetchViewerToken() {
  const response = await fetch(`${base}/api/v1/live/viewer-token`, { method: "POST" });
  if (!response.ok) throw new Error(`Cannot get a viewer token: HTTP ${response.status}`);
  return (await response.json()).data;
}

/** @param {number} limit rows to watch */
export function watchBoard(limit) {
  const scoreboard = new LiveScoreboard({ baseUrl: base, limit, credentials: fetchViewerToken });
  const shown = document.querySelector("[data-connection]");
  scoreboard.addEventListener("state", ({ detail: { state } }) => {
    shown.dataset.state = state;
    shown.querySelector("[data-connection-text]").textContent = WORDS[state];
  });
  return scoreboard;
}
