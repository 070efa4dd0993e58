// @ts-check
import { fullJitterDelay } from "./backoff.js";
import { BoardPolling } from "./polling.js";
import { LiveSocket } from "./socket.js";

const DEFAULTS = {
  limit: 10,
  minDelayMs: 500,
  maxDelayMs: 30_000,
  heartbeatMs: 25_000,
  timeoutMs: 10_000,
  pollMs: 5_000,
  failuresBeforePolling: 3,
};
const BAD_TOKEN = 4401;
const FORBIDDEN = 4403;
/** A token is renewed after this share of its lifetime. */
const RENEW_AFTER = 0.8;

/**
 * A live board. Events: "update" (a board), "state" (of the connection), "error" (a refused frame), "close".
 * See index.d.ts for the types, and README.md for how to use it.
 */
export class LiveScoreboard extends EventTarget {
  /** @type {LiveSocket | undefined} */
  #socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #renewal;
  #failures = 0;
  #run = 0;
  /** @type {import("./index.js").ConnectionState} */
  #state = "stopped";

  /** @param {import("./index.js").LiveScoreboardOptions} [options] */
  constructor(options = {}) {
    super();
    this.options = { ...DEFAULTS, url: defaultUrl(), restUrl: "/api/v1/scoreboard", ...options };
    this.limit = this.options.limit;
    this.polling = new BoardPolling({
      restUrl: this.options.restUrl,
      pollMs: this.options.pollMs,
      fetch: this.options.fetch ?? ((...request) => fetch(...request)),
      onBoard: (board) => this.#tell("update", board),
      onRecovery: () => this.comeBackNow(),
    });
    this.comeBackNow = this.comeBackNow.bind(this);
  }

  /** @returns {import("./index.js").ConnectionState} */
  get state() {
    return this.#state;
  }

  start() {
    if (this.#state !== "stopped") return;
    globalThis.addEventListener?.("online", this.comeBackNow);
    this.#failures = 0;
    this.#connect();
  }

  stop() {
    globalThis.removeEventListener?.("online", this.comeBackNow);
    this.#leave();
    this.polling.stop();
    this.#enter("stopped");
  }

  /** @param {number} limit rows to watch from now on, 1 to 100 */
  subscribe(limit) {
    this.limit = limit;
    this.#socket?.subscribe(limit);
    if (this.polling.isRunning) this.polling.start(limit);
  }

  /** @param {string} token sent on the open connection */
  authenticate(token) {
    this.#socket?.authenticate(token);
  }

  /** If it is waiting for the next try, tries at once. */
  comeBackNow() {
    if (this.#retry !== undefined) this.#connect();
  }

  async #connect() {
    this.#leave();
    const run = this.#run;
    if (!this.polling.isRunning) this.#enter("connecting");
    try {
      const credentials = await this.#fetchCredentials();
      if (run === this.#run) this.#open(credentials);
    } catch {
      if (run === this.#run) this.#comeBack();
    }
  }

  /** @param {import("./index.js").Credentials} credentials */
  #open(credentials) {
    const Socket = this.options.WebSocket ?? WebSocket;
    const { heartbeatMs, timeoutMs } = this.options;
    const options = { limit: this.limit, heartbeatMs, timeoutMs };
    this.#socket = new LiveSocket(new Socket(addressWith(this.options.url, credentials)), options, {
      onBoard: (board) => this.#show(board),
      onError: (error) => this.#tell("error", error),
      onClose: (code, afterMs) => this.#closed(code, afterMs),
    });
    this.#renewInTime(credentials);
  }

  /** @param {import("./index.js").BoardUpdate} board */
  #show(board) {
    this.#failures = 0;
    this.polling.stop();
    this.#enter("live");
    // Skip a board of the old size, which the server sent before it read the new subscription.
    if (board.limit === this.limit) this.#tell("update", board);
  }

  /** @param {number} code @param {number | undefined} afterMs */
  #closed(code, afterMs) {
    const isRefused = code === FORBIDDEN || (code === BAD_TOKEN && typeof this.options.credentials !== "function");
    this.#tell("close", { code });
    if (!isRefused) return this.#comeBack(afterMs);
    this.#leave();
    this.#poll();
  }

  /** @param {number} [afterMs] the delay that the server asked for; without it a growing random delay */
  #comeBack(afterMs) {
    this.#leave();
    this.#failures++;
    const delay = afterMs ?? fullJitterDelay(this.#failures, this.options);
    this.#retry = setTimeout(() => this.#connect(), delay);
    if (this.#failures >= this.options.failuresBeforePolling) this.#poll();
    else this.#enter("waiting", { retryInMs: delay });
  }

  #poll() {
    if (!this.polling.isRunning) this.polling.start(this.limit);
    this.#enter("polling");
  }

  #leave() {
    this.#run++;
    clearTimeout(this.#retry);
    clearTimeout(this.#renewal);
    this.#retry = undefined;
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** @returns {Promise<import("./index.js").Credentials>} */
  async #fetchCredentials() {
    const { credentials } = this.options;
    return (typeof credentials === "function" ? await credentials() : credentials) ?? {};
  }

  /** @param {import("./index.js").Credentials} credentials */
  #renewInTime({ expiresIn }) {
    if (!expiresIn || typeof this.options.credentials !== "function") return;
    const run = this.#run;
    this.#renewal = setTimeout(async () => {
      const renewed = await this.#fetchCredentials().catch(() => undefined); // the server closes the socket later
      if (run !== this.#run || !renewed?.token) return;
      this.authenticate(renewed.token);
      this.#renewInTime(renewed);
    }, expiresIn * 1000 * RENEW_AFTER);
  }

  /** @param {import("./index.js").ConnectionState} state @param {{retryInMs?: number}} [more] */
  #enter(state, more = {}) {
    if (state === this.#state && more.retryInMs === undefined) return;
    this.#state = state;
    this.#tell("state", { state, ...more });
  }

  /** @param {string} type @param {object} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function defaultUrl() {
  const page = globalThis.location;
  return page ? `${page.protocol.replace("http", "ws")}//${page.host}/ws/v1/scoreboard/live` : "";
}

/** @param {string} url @param {import("./index.js").Credentials} credentials */
function addressWith(url, { token, ticket }) {
  const address = new URL(url);
  if (ticket) address.searchParams.set("ticket", ticket);
  else if (token) address.searchParams.set("token", token);
  return address;
}
