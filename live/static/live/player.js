import { Announcer } from "./announcer.js";
import { arrange } from "./arrange.js";
import { base } from "./base.js";
import { drawChart } from "./chart.js";
import { watchBoard } from "./connection.js";
import { BoardRows, setText, thousands } from "./rows.js";

/** Live frames hold only the top of the board, so the player is also read at this interval. */
const READ_EVERY_MS = 3_000;
const DAYS_EVERY_MS = 30_000;
const SOONEST_MS = 500;

const main = document.querySelector("[data-player]");
const { player: userId, radius, days } = main.dataset;
const announcer = new Announcer(document.querySelector("[data-announcer]"));
const rows = new BoardRows(document.querySelector("[data-board]").tBodies[0], {
  self: userId,
  onChanges: (changes) => announcer.tell(changes.filter(({ entry }) => entry.userId === userId)),
});
const encoded = encodeURIComponent(userId);

async function read(path) {
  const response = await fetch(`${base}/api/v1/${path}`).catch(() => undefined);
  return response?.ok ? (await response.json()).data : undefined;
}

async function showPlayer() {
  const [player, around] = await Promise.all([
    read(`users/${encoded}/scores`),
    read(`scoreboard/around/${encoded}?radius=${radius}`),
  ]);
  if (player) showFacts(player);
  if (around) rows.show(around.leaderboard);
}

function showFacts(player) {
  const facts = {
    username: player.username,
    rank: thousands(player.rank),
    total: thousands(player.totalPlayers),
    score: thousands(player.score),
    percentile: thousands(player.percentile),
    actions: thousands(player.totalActions),
    average: thousands(player.averageScorePerAction),
  };
  for (const [name, text] of Object.entries(facts)) setText(document.querySelector(`[data-${name}]`), text);
}

let shownDays = "";

/** Draws the chart and the table anew only when a number has changed. */
function showDays(found) {
  const days = JSON.stringify(found);
  if (days === shownDays) return;
  shownDays = days;
  const readout = document.querySelector("[data-readout]");
  drawChart(document.querySelector("[data-chart]"), found, (text) => (readout.textContent = text || "\u00a0"));
  const body = document.querySelector("[data-days-rows]");
  const present = new Map([...body.rows].map((row) => [row.cells[0].textContent, row]));
  const played = found.filter((day) => day.actions).reverse();
  const wanted = played.map((day) => dayRow(day, present.get(day.date)));
  arrange(body, wanted);
}

function dayRow({ date, score, actions }, present) {
  const row = present ?? newDayRow(date);
  setText(row.cells[1], thousands(score));
  setText(row.cells[2], thousands(actions));
  return row;
}

function newDayRow(date) {
  const row = document.createElement("tr");
  const day = document.createElement("th");
  day.scope = "row";
  day.textContent = date;
  row.append(day);
  row.insertCell();
  row.insertCell();
  return row;
}

/** Runs `work` every `everyMs` while the page is visible, never twice at once. Call the result to run it sooner. */
function repeated(work, everyMs) {
  let timer;
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    if (!document.hidden) await work();
    isRunning = false;
    plan(everyMs);
  };
  const plan = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(run, delay);
  };
  plan(everyMs);
  return () => isRunning || plan(SOONEST_MS * Math.random());
}

const playerMayHaveMoved = repeated(showPlayer, READ_EVERY_MS);
repeated(async () => {
  const found = await read(`users/${encoded}/scores/daily?days=${days}`);
  if (found) showDays(found.days);
}, DAYS_EVERY_MS);
showDays(JSON.parse(document.getElementById("days").textContent));

const scoreboard = watchBoard(100);
scoreboard.addEventListener("update", playerMayHaveMoved);
scoreboard.start();
