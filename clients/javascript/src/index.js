// @ts-check
export { LiveScoreboard } from "./live-scoreboard.js";
export { fullJitterDelay } from "./backoff.js";
