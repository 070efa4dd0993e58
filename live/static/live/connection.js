// What every live page does: a viewer's token of its own, and the state of the connection in words.

import { LiveScoreboard } from "../scoreboard-client/index.js";

const WORDS = {
  connecting: "Connecting",
  live: "Live",
  waiting: "Reconnecting",
  polling: "Every few seconds",
  stopped: "Stopped",
};

async function fetchViewerToken() {
  const response = await fetch("/api/v1/live/viewer-token", { method: "POST" });
  if (!response.ok) throw new Error(`no viewer token: ${response.status}`);
  return (await response.json()).data;
}

/** @param {number} limit rows to watch */
export function watchBoard(limit) {
  const scoreboard = new LiveScoreboard({ limit, credentials: fetchViewerToken });
  const shown = document.querySelector("[data-connection]");
  scoreboard.addEventListener("state", ({ detail: { state } }) => {
    shown.dataset.state = state;
    shown.querySelector("[data-connection-text]").textContent = WORDS[state];
  });
  return scoreboard;
}
