/** A row of a board. */
export interface LeaderboardEntry {
  rank: number;
  userId: string;
  username: string;
  score: number;
  /** Only when the board was read by REST. */
  lastUpdated?: string;
}

/** The first `limit` rows of the board at one moment. */
export interface BoardUpdate {
  leaderboard: LeaderboardEntry[];
  limit: number;
  /** ISO 8601, UTC. */
  timestamp: string;
}

/**
 * The server's answer to a frame that it refused, or what this client gave up: INVALID_TOKEN, PERMISSION_DENIED (the
 * page's origin is not listed), NO_WEBSOCKET; or what it tries again: CANNOT_CONNECT (no credentials, or no socket could
 * be made), BOARD_UNAVAILABLE (the REST board cannot be read). The console has these too.
 */
export interface ScoreboardError {
  code: string;
  message: string;
  details: Record<string, unknown>;
}

/**
 * connecting: a try is under way; live: every change arrives; waiting: not connected, the next try is in `retryInMs`;
 * polling: the board is read by REST every `pollMs`; stopped: before `start` and after `stop`.
 */
export type ConnectionState = "connecting" | "live" | "waiting" | "polling" | "stopped";

/** A token, or a single-use ticket. `expiresIn` (seconds) lets a fetched token be renewed without reconnecting. */
export interface Credentials {
  token?: string;
  ticket?: string;
  expiresIn?: number;
}

/** What an action did: the answer of `PUT /api/v1/scores/update`. */
export interface ActionResult {
  actionId: string;
  requestId: string;
  newScore: number;
  scoreIncrement: number;
  /** Null if it could not be determined in time. */
  newRank: number | null;
  /** Null on a user's first action. */
  previousRank: number | null;
  actionType: string;
  /** ISO 8601, UTC. */
  processedAt: string;
  /** Present while the action waits for a moderator: the score and the ranks are unchanged. */
  status?: "pending";
  /** The action had counted before, under the same id. */
  replayed: boolean;
}

export interface SubmitOptions {
  /** 1 to 128 letters, digits and `._:-`. With the same id an action counts once. By default a new random id. */
  requestId?: string;
  /** How long to wait for the answer. By default the option `actionTimeoutMs`. */
  timeoutMs?: number;
}

/**
 * Why an action has no result. `code` is the server's (INVALID_ACTION_TYPE, RATE_LIMIT_EXCEEDED with
 * `details.retryAfter`, …), or this client's: TIMEOUT (no answer in time; it may have counted), PAYLOAD_TOO_LARGE (more
 * than a frame), INVALID_REQUEST (an action with this id is under way), or why there is no connection: STOPPED,
 * NO_WEBSOCKET, INVALID_TOKEN, PERMISSION_DENIED. To try again, submit the action with the same `requestId`.
 */
export class ActionError extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;
  readonly requestId: string;
}

export interface LiveScoreboardOptions {
  /** The server's address, with its base path if it has one: `https://games.example/sb`. By default the page's server. */
  baseUrl?: string;
  /** The address of the live board, if it does not follow from `baseUrl`. */
  url?: string;
  /** The address of the REST board, for polling, if it follows neither from `baseUrl` nor from `url`. */
  restUrl?: string;
  /** Rows to watch, 1 to 100. */
  limit?: number;
  /** Fixed, or a function that is called for each connection. A string is a token. */
  credentials?: string | Credentials | (() => string | Credentials | Promise<string | Credentials>);
  /** The delay between two tries is random. Its bound starts at `minDelayMs` and grows up to `maxDelayMs`. */
  minDelayMs?: number;
  maxDelayMs?: number;
  /** After `heartbeatMs` of silence a ping is sent; without an answer within `timeoutMs` the connection is closed. */
  heartbeatMs?: number;
  timeoutMs?: number;
  /** How long an action waits for its answer, over all connections. */
  actionTimeoutMs?: number;
  /** How often the REST board is read without a websocket, and after how many failures in a row that starts. */
  pollMs?: number;
  failuresBeforePolling?: number;
  /** For environments without these globals, and for tests. */
  WebSocket?: new (url: URL) => WebSocket;
  fetch?: typeof fetch;
  random?: () => number;
}

export interface LiveScoreboardEvents {
  update: CustomEvent<BoardUpdate>;
  state: CustomEvent<{ state: ConnectionState; retryInMs?: number }>;
  error: CustomEvent<ScoreboardError>;
  /** A socket closed. A "state" event says what happens next. */
  close: CustomEvent<{ code: number }>;
}

export class LiveScoreboard extends EventTarget {
  /** Throws a TypeError for an address that is not one. */
  constructor(options?: LiveScoreboardOptions);
  readonly state: ConnectionState;
  readonly limit: number;
  /** Throws an Error where there is neither a websocket nor an address of the REST board. */
  start(): void;
  stop(): void;
  /** Watches the top `limit` (1 to 100) from now on. */
  subscribe(limit: number): void;
  /** Sends a new token on the open connection. */
  authenticate(token: string): void;
  /**
   * Reports an action of the token's user. Without an answer it is sent again on the next connection under the same id,
   * so it counts once. Rejects with an ActionError.
   */
  submitAction(actionType: string, metadata?: Record<string, unknown> | null, options?: SubmitOptions): Promise<ActionResult>;
  /** If it is waiting for the next try, tries at once. */
  comeBackNow(): void;
  addEventListener<Name extends keyof LiveScoreboardEvents>(
    type: Name,
    listener: (event: LiveScoreboardEvents[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** Milliseconds to wait after this number of failures in a row: random, up to a bound that doubles with each. */
export function fullJitterDelay(
  failures: number,
  limits: { minDelayMs: number; maxDelayMs: number; random?: () => number },
): number;
