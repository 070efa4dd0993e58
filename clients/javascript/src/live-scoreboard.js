// @ts-check
import { newRequestId, UnansweredActions } from "./actions.js";
import { addressesOf } from "./addresses.js";
import { fullJitterDelay } from "./backoff.js";
import { BoardPolling } from "./polling.js";
import { LiveSocket } from "./socket.js";

const DEFAULTS = {
  limit: 10,
  minDelayMs: 500,
  maxDelayMs: 30_000,
  heartbeatMs: 25_000,
  timeoutMs: 10_000,
  actionTimeoutMs: 30_000,
  pollMs: 5_000,
  failuresBeforePolling: 3,
};
const BAD_TOKEN = 4401;
const FORBIDDEN = 4403;
/** A token is renewed after this share of its lifetime. */
const RENEW_AFTER = 0.8;
const NO_WAY = "Pass a WebSocket, or the address of the server as baseUrl, or of the REST board as restUrl";

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
  /** Refused tokens in a row. */
  #refusals = 0;
  #run = 0;
  #actions = new UnansweredActions();
  /** Why no socket will open until the next start. @type {{code: string, message: string} | undefined} */
  #end = { code: "STOPPED", message: "The live board is not started" };
  /** @type {import("./index.js").ConnectionState} */
  #state = "stopped";

  /** @param {import("./index.js").LiveScoreboardOptions} [options] throws TypeError for text that is not an address */
  constructor(options = {}) {
    super();
    this.options = { ...DEFAULTS, ...options, ...addressesOf(options) };
    this.limit = this.options.limit;
    this.polling = new BoardPolling({
      restUrl: this.options.restUrl ?? "",
      pollMs: this.options.pollMs,
      fetch: this.options.fetch ?? ((...request) => fetch(...request)),
      onBoard: (board) => this.#tell("update", board),
      onFailure: (error) => this.#report("BOARD_UNAVAILABLE", `${this.options.restUrl}: ${error.message}`),
      onRecovery: () => this.comeBackNow(),
    });
    this.comeBackNow = this.comeBackNow.bind(this);
  }

  /** @returns {import("./index.js").ConnectionState} */
  get state() {
    return this.#state;
  }

  /** Throws an Error where there is no way to get a board: no websocket, and no address of the REST board. */
  start() {
    if (this.#state !== "stopped") return;
    const hasSocket = this.options.url && this.#Socket;
    if (!hasSocket && !this.options.restUrl) throw new Error(`scoreboard-client: ${this.#why()}. ${NO_WAY}`);
    this.#failures = this.#refusals = 0;
    this.#end = undefined;
    if (!hasSocket) return this.#giveUp("NO_WEBSOCKET", this.#why());
    globalThis.addEventListener?.("online", this.comeBackNow);
    this.#connect();
  }

  get #Socket() {
    return this.options.WebSocket ?? globalThis.WebSocket;
  }

  #why() {
    return this.#Socket ? "The address of the live board is not known" : "There is no WebSocket here";
  }

  stop() {
    globalThis.removeEventListener?.("online", this.comeBackNow);
    this.#leave();
    this.polling.stop();
    this.#endActions("STOPPED", "The live board was stopped");
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

  /**
   * Reports an action of the token's user. It is sent again on a new connection, and counts once.
   *
   * @param {string} actionType
   * @param {Record<string, unknown> | null} [metadata]
   * @param {{requestId?: string, timeoutMs?: number}} [options]
   * @returns {Promise<import("./index.js").ActionResult>} rejects with an ActionError
   */
  async submitAction(actionType, metadata = null, { requestId = newRequestId(), timeoutMs = this.options.actionTimeoutMs } = {}) {
    const frame = { type: "submit_action", data: { requestId, actionType, ...(metadata && { metadata }) } };
    const result = this.#actions.add(frame, requestId, timeoutMs);
    if (this.#end) this.#actions.fail(requestId, this.#end);
    else if (this.#actions.has(frame)) this.#socket?.submit(frame);
    return result;
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
    } catch (error) {
      if (run !== this.#run) return;
      if (this.#failures === 0) this.#report("CANNOT_CONNECT", /** @type {Error} */ (error).message);
      this.#comeBack();
    }
  }

  /** @param {import("./index.js").Credentials} credentials */
  #open(credentials) {
    const Socket = /** @type {typeof WebSocket} */ (this.#Socket);
    const { heartbeatMs, timeoutMs } = this.options;
    const options = { limit: this.limit, heartbeatMs, timeoutMs };
    this.#socket = new LiveSocket(new Socket(addressWith(this.options.url ?? "", credentials)), options, {
      onBoard: (board) => this.#show(board),
      onOpen: () => this.#actions.frames.forEach((frame) => this.#socket?.submit(frame)),
      onResult: (frame) => this.#actions.succeed(frame),
      onError: (error, requestId) => (requestId === undefined ? this.#tell("error", error) : this.#actions.fail(requestId, error)),
      onClose: (code, afterMs) => this.#closed(code, afterMs),
    });
    this.#renewInTime(credentials);
  }

  /** @param {import("./index.js").BoardUpdate} board */
  #show(board) {
    this.#failures = this.#refusals = 0;
    this.polling.stop();
    this.#enter("live");
    // Skip a board of the old size, which the server sent before it read the new subscription.
    if (board.limit === this.limit) this.#tell("update", board);
  }

  /** @param {number} code @param {number | undefined} afterMs */
  #closed(code, afterMs) {
    this.#tell("close", { code });
    if (code === FORBIDDEN) return this.#giveUp("PERMISSION_DENIED", "The server does not list this page's origin");
    if (code === BAD_TOKEN && !this.#hasAnotherToken()) return this.#giveUp("INVALID_TOKEN", "The server refused the token");
    this.#comeBack(afterMs);
  }

  /** A function is asked again, once: the second token in a row that the server refuses is the last. */
  #hasAnotherToken() {
    return typeof this.options.credentials === "function" && ++this.#refusals < 2;
  }

  /** No socket will open any more: read the REST board from now on. @param {string} code @param {string} message */
  #giveUp(code, message) {
    this.#leave();
    const { restUrl, pollMs } = this.options;
    this.#endActions(code, message);
    this.#report(code, `${message}. ${restUrl ? `The board is read every ${pollMs} ms instead` : "This was the last try"}`);
    if (restUrl) this.#poll();
    else this.stop();
  }

  /** @param {string} code @param {string} message */
  #endActions(code, message) {
    this.#end = { code, message };
    this.#actions.failAll(this.#end);
  }

  /** @param {string} code @param {string} message */
  #report(code, message) {
    console.warn(`scoreboard-client: ${message}`);
    this.#tell("error", { code, message, details: {} });
  }

  /** @param {number} [afterMs] the delay that the server asked for; without it a growing random delay */
  #comeBack(afterMs) {
    this.#leave();
    this.#failures++;
    const delay = afterMs ?? fullJitterDelay(this.#failures, this.options);
    this.#retry = setTimeout(() => this.#connect(), delay);
    if (this.options.restUrl && this.#failures >= this.options.failuresBeforePolling) this.#poll();
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
    const given = typeof credentials === "function" ? await credentials() : credentials;
    return (typeof given === "string" ? { token: given } : given) ?? {};
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

/** @param {string} url @param {import("./index.js").Credentials} credentials */
function addressWith(url, { token, ticket }) {
  const address = new URL(url);
  if (ticket) address.searchParams.set("ticket", ticket);
  else if (token) address.searchParams.set("token", token);
  return address;
}
