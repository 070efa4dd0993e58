import { Announcer } from "./announcer.js";
import { drawChart } from "./chart.js";
import { watchBoard } from "./connection.js";
import { BoardRows, thousands } from "./rows.js";

/** Live frames hold only the top of the board, so the player is also read at this interval. */
const READ_EVERY_MS = 3_000;
const DAYS_EVERY_MS = 30_000;
const SOONEST_MS = 500;

const main = document.querySelector("[data-player]");
const { player: userId, radius, days } = main.dataset;
const rows = new BoardRows(document.querySelector("[data-board]").tBodies[0], { self: userId });
const announcer = new Announcer(document.querySelector("[data-announcer]"));
const encoded = encodeURIComponent(userId);

async function read(path) {
  const response = await fetch(`/api/v1/${path}`).catch(() => undefined);
  return response?.ok ? (await response.json()).data : undefined;
}

async function showPlayer() {
  const [player, around] = await Promise.all([
    read(`users/${encoded}/scores`),
    read(`scoreboard/around/${encoded}?radius=${radius}`),
  ]);
  if (player) showFacts(player);
  if (around) announcer.tell(rows.show(around.leaderboard).filter(({ entry }) => entry.userId === userId));
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
  for (const [name, text] of Object.entries(facts)) document.querySelector(`[data-${name}]`).textContent = text;
}

function showDays(found) {
  const readout = document.querySelector("[data-readout]");
  drawChart(document.querySelector("[data-chart]"), found, (text) => (readout.textContent = text || "\u00a0"));
  const played = found.filter((day) => day.actions).reverse();
  document.querySelector("[data-days-rows]").replaceChildren(...played.map(dayRow));
}

function dayRow({ date, score, actions }) {
  const row = document.createElement("tr");
  const day = document.createElement("th");
  day.scope = "row";
  day.textContent = date;
  row.append(day);
  row.insertCell().textContent = thousands(score);
  row.insertCell().textContent = thousands(actions);
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
