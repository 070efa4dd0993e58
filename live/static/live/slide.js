// FLIP animation: each row starts at its old place and glides to its new one.

const MOVE_MS = 600;
const prefersCalm = matchMedia("(prefers-reduced-motion: reduce)");
const slides = new WeakMap();

/** Where each row is seen, by user id. @param {Map<string, HTMLElement>} rows */
export const placesOf = (rows) =>
  new Map([...rows].map(([userId, row]) => [userId, row.getBoundingClientRect().top]));

/** @param {Map<string, HTMLElement>} rows @param {Map<string, number>} before where they were seen before */
export function slide(rows, before) {
  for (const row of rows.values()) slides.get(row)?.cancel();
  if (prefersCalm.matches || document.hidden) return;
  const after = placesOf(rows);
  for (const [userId, row] of rows) {
    const from = before.get(userId);
    if (from === undefined) {
      if (before.size) start(row, { opacity: [0, 1] }, "ease-out");
    } else if (from !== after.get(userId)) {
      const distance = from - after.get(userId);
      start(row, { transform: [`translateY(${distance}px)`, "none"] }, "cubic-bezier(.2, .8, .2, 1)");
    }
  }
}

function start(row, keyframes, easing) {
  slides.set(row, row.animate(keyframes, { duration: MOVE_MS, easing }));
}

/** Stops what glides where it is. Call the result to let it go on. @param {HTMLElement} body */
export function freeze(body) {
  const running = [...body.children]
    .map((row) => slides.get(row))
    .filter((animation) => animation?.playState === "running");
  for (const animation of running) {
    animation.pause();
    // A pause takes effect in a later frame, when the row has left the pointer. Setting the time ends it in this one.
    animation.currentTime = animation.currentTime;
  }
  return () => running.filter((animation) => animation.playState === "paused").forEach((animation) => animation.play());
}
