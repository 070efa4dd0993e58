// While a pointer is pressed on the rows they stand still. Otherwise the button would be released over another row than
// the one it was pressed on, which is not a click, and a selection would be made across rows that move.

import { freeze } from "./slide.js";

/** The click comes right after the release; on touch screens in a later task. */
const CLICK_MS = 100;
/** A release that the browser never reports (a menu of the system was in the way) must not stop the board. */
const LONGEST_MS = 5_000;

export class Press {
  isDown = false;
  #timer;
  #thaw = () => {};

  /** @param {HTMLElement} body @param {() => void} onRelease */
  constructor(body, onRelease) {
    this.body = body;
    this.onRelease = onRelease;
    body.addEventListener("pointerdown", (event) => event.button === 0 && this.#begin());
    for (const name of ["pointerup", "pointercancel"]) {
      window.addEventListener(name, () => this.isDown && this.#endAfter(CLICK_MS));
    }
  }

  #begin() {
    if (!this.isDown) this.#thaw = freeze(this.body);
    this.isDown = true;
    this.#endAfter(LONGEST_MS);
  }

  #endAfter(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.isDown = false;
      this.#thaw();
      this.onRelease();
    }, milliseconds);
  }
}
