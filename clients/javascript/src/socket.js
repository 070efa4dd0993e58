// @ts-check

/**
 * @typedef {object} SocketEvents
 * @property {(update: import("./index.js").BoardUpdate) => void} onBoard
 * @property {() => void} onOpen the socket may be used
 * @property {(frame: {data: import("./index.js").ActionResult, replayed?: boolean}) => void} onResult
 * @property {(error: import("./index.js").ScoreboardError, requestId?: string) => void} onError `requestId`: of an action
 * @property {(code: number, afterMs: number | undefined) => void} onClose `afterMs`: the delay the server asked for
 */

const OPEN = 1;

/** One websocket: frames in and out, and a heartbeat that detects a dead connection. */
export class LiveSocket {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #heartbeat;
  /** @type {number | undefined} */
  #reconnectAfterMs;
  #isClosed = false;
  #isWaiting = false;

  /**
   * @param {WebSocket} socket
   * @param {{limit: number, heartbeatMs: number, timeoutMs: number}} options
   * @param {SocketEvents} events
   */
  constructor(socket, options, events) {
    this.socket = socket;
    this.options = options;
    this.events = events;
    socket.onopen = () => {
      this.subscribe(options.limit);
      events.onOpen();
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#end(event.code);
    socket.onerror = () => {}; // a close event follows and has the code
    this.#expectWord(options.timeoutMs);
  }

  /** @param {number} limit */
  subscribe(limit) {
    this.send({ type: "subscribe_leaderboard", data: { limit } });
  }

  /** @param {string} token */
  authenticate(token) {
    this.send({ type: "authenticate", data: { token } });
  }

  /** An answer must come, so silence means that the connection is dead. @param {object} frame */
  submit(frame) {
    this.send(frame);
    if (this.socket.readyState === OPEN && !this.#isWaiting) this.#expectWord(this.options.timeoutMs);
  }

  /** @param {object} frame dropped while the socket is not open; opening it subscribes */
  send(frame) {
    if (this.socket.readyState === OPEN) this.socket.send(JSON.stringify(frame));
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#heartbeat);
    this.socket.close();
  }

  /** @param {unknown} text */
  #receive(text) {
    if (this.#isClosed) return;
    this.#rest();
    const frame = parse(text);
    if (frame?.type === "scoreboard_update") this.events.onBoard(frame.data);
    else if (frame?.type === "action_result") this.events.onResult(frame);
    else if (frame?.type === "error") this.events.onError(frame.error, frame.requestId);
    else if (frame?.type === "reconnect") this.#reconnectAfterMs = frame.data.afterMs;
  }

  /** A frame arrived: send the next ping after `heartbeatMs` of silence. */
  #rest() {
    clearTimeout(this.#heartbeat);
    this.#isWaiting = false;
    this.#heartbeat = setTimeout(() => {
      this.send({ type: "ping" });
      this.#expectWord(this.options.timeoutMs);
    }, this.options.heartbeatMs);
  }

  /** @param {number} timeoutMs */
  #expectWord(timeoutMs) {
    clearTimeout(this.#heartbeat);
    this.#isWaiting = true;
    this.#heartbeat = setTimeout(() => {
      this.socket.close();
      this.#end(1006); // a dead peer never answers our close frame
    }, timeoutMs);
  }

  /** @param {number} code */
  #end(code) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#heartbeat);
    this.events.onClose(code, this.#reconnectAfterMs);
  }
}

/** @param {unknown} text @returns {any} undefined if it is not JSON */
function parse(text) {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
