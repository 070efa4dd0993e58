// @ts-check

/** The server closes the connection for a longer frame. */
const LONGEST_FRAME = 4 * 1024;

/**
 * @typedef {object} Unanswered
 * @property {object} frame
 * @property {(result: import("./index.js").ActionResult) => void} resolve
 * @property {(error: ActionError) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 */

/** Why an action has no result. See index.d.ts. */
export class ActionError extends Error {
  name = "ActionError";

  /** @param {string} requestId @param {{code: string, message: string, details?: Record<string, unknown>}} problem */
  constructor(requestId, { code, message, details = {} }) {
    super(message);
    this.code = code;
    this.details = details;
    this.requestId = requestId;
  }
}

/** The actions that wait for their answers, by request id. They outlive a connection: the next one sends them again. */
export class UnansweredActions {
  /** @type {Map<string, Unanswered>} */
  #byId = new Map();

  /** The frames to send on a new connection. */
  get frames() {
    return [...this.#byId.values()].map(({ frame }) => frame);
  }

  /** Whether this frame waits for its answer. @param {object} frame */
  has(frame) {
    return this.frames.includes(frame);
  }

  /**
   * @param {object} frame a `submit_action` @param {string} requestId @param {number} timeoutMs
   * @returns {Promise<import("./index.js").ActionResult>} rejects with an ActionError
   */
  add(frame, requestId, timeoutMs) {
    const refused = this.#whyNot(frame, requestId);
    if (refused) return Promise.reject(new ActionError(requestId, refused));
    return new Promise((resolve, reject) => {
      const late = { code: "TIMEOUT", message: `No answer within ${timeoutMs} ms` };
      const timer = setTimeout(() => this.fail(requestId, late), timeoutMs);
      this.#byId.set(requestId, { frame, resolve, reject, timer });
    });
  }

  /** @param {object} frame @param {string} requestId */
  #whyNot(frame, requestId) {
    if (this.#byId.has(requestId)) return { code: "INVALID_REQUEST", message: "An action with this request id is under way" };
    const message = `An action must fit into a frame of ${LONGEST_FRAME} bytes`;
    return new TextEncoder().encode(JSON.stringify(frame)).length > LONGEST_FRAME && { code: "PAYLOAD_TOO_LARGE", message };
  }

  /** @param {{data: import("./index.js").ActionResult, replayed?: boolean}} frame an `action_result` */
  succeed({ data, replayed = false }) {
    this.#take(data.requestId)?.resolve({ ...data, replayed });
  }

  /** @param {string} requestId @param {import("./index.js").ScoreboardError | {code: string, message: string}} problem */
  fail(requestId, problem) {
    this.#take(requestId)?.reject(new ActionError(requestId, problem));
  }

  /** No connection will open any more. @param {{code: string, message: string}} problem */
  failAll(problem) {
    for (const requestId of [...this.#byId.keys()]) this.fail(requestId, problem);
  }

  /** Answers that nobody waits for any longer are ignored. @param {string} requestId */
  #take(requestId) {
    const found = this.#byId.get(requestId);
    clearTimeout(found?.timer);
    this.#byId.delete(requestId);
    return found;
  }
}

/** A random id. `crypto.randomUUID` is missing on pages without HTTPS. */
export function newRequestId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
