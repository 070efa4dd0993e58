/** A row of a board. */
export interface LeaderboardEntry {
  rank: number;
  userId: string;
  username: string;
  score: number;
  /** Only from the REST board. */
  lastUpdated?: string;
}

/** The first `limit` rows of the board at one moment. */
export interface BoardUpdate {
  leaderboard: LeaderboardEntry[];
  limit: number;
  /** ISO 8601, UTC. */
  timestamp: string;
}

/** What the server refused, and why. */
export interface ScoreboardError {
  code: string;
  message: string;
  details: Record<string, unknown>;
}

/**
 * connecting: the first try; live: every change arrives; waiting: lost, the next try is in `retryInMs`;
 * polling: read by REST every `pollMs`, while sockets are still tried; stopped: `start` was not called, or `stop` was.
 */
export type ConnectionState = "connecting" | "live" | "waiting" | "polling" | "stopped";

/** A token, or a single-use ticket. `expiresIn` (seconds) lets a fetched token be renewed without reconnecting. */
export interface Credentials {
  token?: string;
  ticket?: string;
  expiresIn?: number;
}

export interface LiveScoreboardOptions {
  /** ws:// or wss:// address; by default that of the page's own server. */
  url?: string;
  /** The REST board, for polling. */
  restUrl?: string;
  /** Rows to watch, 1 to 100. */
  limit?: number;
  /** Constant, or fetched anew for each connection. */
  credentials?: Credentials | (() => Credentials | Promise<Credentials>);
  /** Bounds of the first and of every delay between two tries. */
  minDelayMs?: number;
  maxDelayMs?: number;
  /** A ping is sent after so much silence; the connection is given up `timeoutMs` later. */
  heartbeatMs?: number;
  timeoutMs?: number;
  /** How often the REST board is read while no socket can be had, and after how many failures that begins. */
  pollMs?: number;
  failuresBeforePolling?: number;
  /** For places without these globals, and for tests. */
  WebSocket?: new (url: URL) => WebSocket;
  fetch?: typeof fetch;
  random?: () => number;
}

export interface LiveScoreboardEvents {
  update: CustomEvent<BoardUpdate>;
  state: CustomEvent<{ state: ConnectionState; retryInMs?: number }>;
  error: CustomEvent<ScoreboardError>;
  /** A socket was closed; what follows is told by "state". */
  close: CustomEvent<{ code: number }>;
}

export class LiveScoreboard extends EventTarget {
  constructor(options?: LiveScoreboardOptions);
  readonly state: ConnectionState;
  readonly limit: number;
  start(): void;
  stop(): void;
  /** Watches so many rows from now on. */
  subscribe(limit: number): void;
  /** Goes on with another token, without reconnecting. */
  authenticate(token: string): void;
  /** Tries at once instead of waiting on. */
  comeBackNow(): void;
  addEventListener<Name extends keyof LiveScoreboardEvents>(
    type: Name,
    listener: (event: LiveScoreboardEvents[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** How long to wait after so many failures in a row: anything up to a bound that doubles with each. */
export function fullJitterDelay(
  failures: number,
  limits: { minDelayMs: number; maxDelayMs: number; random?: () => number },
): number;
