// A bar for each day, as plain SVG. The table below it gives the same numbers to people who cannot see the chart.

import { thousands } from "./rows.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 160;
const BAR = 8;
const GAP = 2;
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/**
 * @param {HTMLElement} place
 * @param {{date: string, score: number, actions: number}[]} days oldest first
 * @param {(text: string) => void} readOut gets the text for the bar under the pointer
 */
export function drawChart(place, days, readOut) {
  const highest = Math.max(1, ...days.map((day) => day.score));
  const lowest = Math.min(0, ...days.map((day) => day.score));
  const scale = HEIGHT / (highest - lowest);
  const width = days.length * (BAR + GAP) - GAP;
  const chart = make("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  chart.setAttribute("aria-label", summary(days));
  days.forEach((day, at) => chart.append(...bars(day, at, { highest, scale, readOut })));
  chart.addEventListener("pointerleave", () => readOut(""));
  const axis = document.createElement("p");
  axis.className = "axis";
  axis.append(label(days.at(0)), label(days.at(-1)));
  place.replaceChildren(scaleLabel(highest), chart, axis);
}

/** The bar, and a transparent column of full height that is easier to point at. */
function bars(day, at, { highest, scale, readOut }) {
  const x = at * (BAR + GAP);
  const top = (highest - Math.max(0, day.score)) * scale;
  const height = Math.max(day.actions ? 2 : 0, Math.abs(day.score) * scale);
  const bar = make("rect", { x, y: Math.min(top, HEIGHT - height), width: BAR, height, rx: 1.5 });
  bar.setAttribute("class", day.score < 0 ? "bar loss" : "bar");
  const column = make("rect", { x: x - GAP / 2, y: 0, width: BAR + GAP, height: HEIGHT, class: "column" });
  column.addEventListener("pointerenter", () => readOut(describe(day)));
  return [bar, column];
}

function describe({ date: day, score, actions }) {
  return `${shortDate(day)}: ${thousands(score)} points by ${thousands(actions)} ${actions === 1 ? "action" : "actions"}`;
}

function summary(days) {
  const played = days.filter((day) => day.actions);
  const total = played.reduce((sum, day) => sum + day.score, 0);
  return `Score by day: ${thousands(total)} points on ${played.length} of the last ${days.length} days`;
}

const shortDate = (day) => date.format(new Date(`${day}T00:00:00Z`));

function label({ date: day }) {
  const shown = document.createElement("span");
  shown.textContent = shortDate(day);
  return shown;
}

function scaleLabel(highest) {
  const shown = document.createElement("p");
  shown.className = "scale";
  shown.textContent = thousands(highest);
  return shown;
}

function make(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
