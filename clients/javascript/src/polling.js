// @ts-check

/** Reads the REST board at regular intervals while there is no websocket. Reports a board only if it changed. */
export class BoardPolling {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #etag = "";
  #run = 0;
  #isFailing = false;

  /**
   * @param {{restUrl: string, pollMs: number, fetch: typeof fetch,
   *   onBoard: (board: import("./index.js").BoardUpdate) => void, onFailure: (error: Error) => void,
   *   onRecovery: () => void}} options `onFailure`: the first failure in a row; `onRecovery`: the server answers again
   */
  constructor(options) {
    this.options = options;
  }

  get isRunning() {
    return this.#timer !== undefined;
  }

  /** @param {number} limit rows to read */
  start(limit) {
    this.stop();
    this.#etag = "";
    this.#timer = setTimeout(() => this.#poll(limit, ++this.#run), 0);
  }

  stop() {
    this.#run++;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @param {number} limit @param {number} run */
  async #poll(limit, run) {
    const wasFailing = this.#isFailing;
    const board = await this.#read(limit).catch((/** @type {Error} */ error) => error); // the next poll tries again
    if (run !== this.#run) return;
    this.#isFailing = board instanceof Error;
    if (board instanceof Error) wasFailing || this.options.onFailure(board);
    else if (board) this.options.onBoard(board);
    this.#timer = setTimeout(() => this.#poll(limit, run), this.options.pollMs);
    if (wasFailing && !this.#isFailing) this.options.onRecovery();
  }

  /** @param {number} limit @returns {Promise<import("./index.js").BoardUpdate | null>} null: unchanged */
  async #read(limit) {
    const address = `${this.options.restUrl}?limit=${limit}`;
    const headers = this.#etag ? { "If-None-Match": this.#etag } : undefined;
    const response = await this.options.fetch(address, { headers, cache: "no-store" });
    if (response.status === 304) return null;
    if (!response.ok) throw new Error(`Cannot read the board: HTTP ${response.status}`);
    this.#etag = response.headers.get("ETag") ?? "";
    const { data } = await response.json();
    return { leaderboard: data.leaderboard, limit, timestamp: data.lastRefresh };
  }
}
