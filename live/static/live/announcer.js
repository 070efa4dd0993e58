// Announces moves to screen readers: at most one sentence every few seconds, about the highest row that moved.

const EVERY_MS = 6_000;

export class Announcer {
  #latest = "";
  #timer;

  /** @param {HTMLElement} region an aria-live region */
  constructor(region) {
    this.region = region;
  }

  /** @param {{entry: {rank: number, username: string}, from: number | null}[]} changes */
  tell(changes) {
    const highest = changes.find(({ entry, from }) => from === null || entry.rank < from);
    if (highest) this.say(sentence(highest));
  }

  /** @param {string} text */
  say(text) {
    this.#latest = text;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.region.textContent = this.#latest;
    }, this.region.textContent ? EVERY_MS : 0);
  }
}

function sentence({ entry, from }) {
  if (entry.rank === 1) return `${entry.username} takes the lead`;
  if (from === null) return `${entry.username} enters at rank ${entry.rank}`;
  return `${entry.username} is now at rank ${entry.rank}, up ${from - entry.rank}`;
}
