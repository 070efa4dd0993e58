import { Announcer } from "./announcer.js";
import { base } from "./base.js";
import { watchBoard } from "./connection.js";
import { BoardRows, setText, thousands } from "./rows.js";

const TOTAL_EVERY_MS = 10_000;

const table = document.querySelector("[data-board]");
const announcer = new Announcer(document.querySelector("[data-announcer]"));
const rows = new BoardRows(table.tBodies[0], { onChanges: (changes) => announcer.tell(changes) });
const sizes = [...document.querySelectorAll("[data-size]")];
const scoreboard = watchBoard(Number(table.dataset.limit));
let shownLimit = Number(table.dataset.limit);

scoreboard.addEventListener("update", ({ detail: { leaderboard, limit } }) => {
  rows.show(leaderboard, { isAnotherSize: limit !== shownLimit });
  shownLimit = limit;
  document.querySelector("[data-empty]").hidden = leaderboard.length > 0;
  table.hidden = leaderboard.length === 0;
});

function choose(limit) {
  sizes.forEach((link) => link.toggleAttribute("aria-current", Number(link.dataset.size) === limit));
  sizes.filter((link) => link.hasAttribute("aria-current")).forEach((link) => link.setAttribute("aria-current", "true"));
  document.querySelector("[data-caption-size]").textContent = limit;
  scoreboard.subscribe(limit);
}

for (const link of sizes) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab or window
    event.preventDefault();
    history.replaceState(null, "", link.getAttribute("href"));
    choose(Number(link.dataset.size));
  });
}

/** Live frames do not hold the number of players. It is read every few seconds, which is fresh enough. */
async function showTotal() {
  const response = await fetch(`${base}/api/v1/scoreboard?limit=1`).catch(() => undefined);
  if (response?.ok) {
    const { data } = await response.json();
    setText(document.querySelector("[data-total]"), thousands(data.pagination.total));
  }
}

table.hidden = table.tBodies[0].rows.length === 0;
setInterval(() => document.hidden || showTotal(), TOTAL_EVERY_MS);
scoreboard.start();
