// The rows of a board. Each player keeps the same <tr>, which moves to its new place and shows how far it moved.

import { arrange } from "./arrange.js";
import { base } from "./base.js";
import { Press } from "./press.js";
import { placesOf, slide } from "./slide.js";

const MARK_MS = 8_000;
const TICK_MS = 500;
const numbers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const LONG = 11;
const prefersCalm = matchMedia("(prefers-reduced-motion: reduce)");

export const thousands = (number) => numbers.format(number);

export const playerAddress = (userId) => `${base}/players/${encodeURIComponent(userId)}`;

/** Changes the text only where it differs, so that a selection of it survives. */
export function setText(element, text) {
  const shown = String(text);
  if (element.textContent !== shown) element.textContent = shown;
}

export class BoardRows {
  #held = null;

  /**
   * @param {HTMLTableSectionElement} body
   * @param {{self?: string, onChanges?: (changes: {entry: object, from: number | null}[]) => void}} [options]
   *   `self`: the player whose page this is. `onChanges` gets the changes of rank, to announce them: `from` is null for
   *   a new row.
   */
  constructor(body, { self, onChanges = () => {} } = {}) {
    this.body = body;
    this.self = self;
    this.onChanges = onChanges;
    this.rows = new Map([...body.rows].map((row) => [row.dataset.userId, row]));
    this.isFresh = this.rows.size === 0;
    this.press = new Press(body, () => this.#showHeld());
  }

  /** Shows the entries: at once, or when the pointer that is pressed on a row is released. */
  show(entries, { isAnotherSize = false } = {}) {
    if (this.press.isDown) this.#held = { entries, isAnotherSize: isAnotherSize || !!this.#held?.isAnotherSize };
    else this.#show(entries, isAnotherSize);
  }

  #showHeld() {
    const held = this.#held;
    this.#held = null;
    if (held) this.#show(held.entries, held.isAnotherSize);
  }

  #show(entries, isAnotherSize) {
    const before = placesOf(this.rows);
    const changes = [];
    const kept = new Map();
    for (const entry of entries) {
      const row = this.rows.get(entry.userId) ?? newRow(entry, entry.userId === this.self);
      const from = this.rows.has(entry.userId) ? Number(row.dataset.rank) : null;
      fill(row, entry);
      if (from !== entry.rank && !isAnotherSize && !this.isFresh) changes.push({ entry, from, row });
      kept.set(entry.userId, row);
    }
    arrange(this.body, [...kept.values()]);
    this.rows = kept;
    this.isFresh = false;
    changes.forEach(({ entry, from, row }) => markMove(row, from, entry.rank));
    slide(this.rows, before);
    this.onChanges(changes);
  }
}

function newRow(entry, isSelf) {
  const row = document.createElement("tr");
  row.className = "row";
  row.dataset.userId = entry.userId;
  row.dataset.score = entry.score;
  if (isSelf) row.setAttribute("aria-current", "true");
  const rank = element("td", "rank");
  rank.append(element("span", "medal"));
  const player = element("th", "player");
  player.scope = "row";
  const link = element("a");
  link.href = playerAddress(entry.userId);
  link.append(element("bdi"));
  player.append(link);
  const score = element("td", "score");
  score.textContent = thousands(entry.score);
  markLength(score, entry.score);
  row.append(rank, player, element("td", "move"), score);
  return row;
}

function fill(row, { rank, username, score }) {
  row.dataset.rank = rank;
  row.className = `row${rank <= 3 ? ` top top-${rank}` : ""}${row.ariaCurrent ? " self" : ""}`;
  setText(row.querySelector(".medal"), thousands(rank));
  const link = row.querySelector(".player a");
  if (link.title !== username) link.title = username;
  setText(link.firstElementChild, username);
  tick(row, score);
}

/** On a narrow screen a long score is set in smaller type. */
const markLength = (shown, score) => shown.classList.toggle("long", thousands(score).length > LONG);

/** Counts the score up to its new value, and shows the difference. */
function tick(row, score) {
  const from = Number(row.dataset.score);
  if (from === score) return;
  row.dataset.score = score;
  const shown = row.querySelector(".score");
  markLength(shown, score);
  shown.dataset.gain = `${score > from ? "+" : "−"}${thousands(Math.abs(score - from))}`;
  flash(shown, "gained", 1_600);
  if (prefersCalm.matches || document.hidden) {
    shown.textContent = thousands(score);
    return;
  }
  const started = performance.now();
  const step = (now) => {
    if (Number(row.dataset.score) !== score) return; // a newer score has taken over
    const part = Math.min(1, (now - started) / TICK_MS);
    shown.textContent = thousands(Math.round(from + (score - from) * part));
    if (part < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function markMove(row, from, to) {
  const mark = row.querySelector(".move");
  const [text, spoken, kind] =
    from === null
      ? ["new", "new on this board", "new"]
      : from > to
        ? [`▲ ${from - to}`, `up ${from - to}`, "up"]
        : [`▼ ${to - from}`, `down ${to - from}`, "down"];
  const shown = element("span", `mark ${kind}`);
  shown.textContent = text;
  shown.setAttribute("aria-hidden", "true");
  const heard = element("span", "hidden");
  heard.textContent = spoken;
  mark.replaceChildren(shown, heard);
  clearTimeout(mark.timer);
  mark.timer = setTimeout(() => mark.replaceChildren(), MARK_MS);
}

const timers = new WeakMap();

function flash(shown, name, milliseconds) {
  shown.classList.remove(name);
  void shown.offsetWidth; // restarts the animation
  shown.classList.add(name);
  clearTimeout(timers.get(shown));
  timers.set(
    shown,
    setTimeout(() => shown.classList.remove(name), milliseconds),
  );
}

function element(tag, className = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  return made;
}
