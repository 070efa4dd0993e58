// @ts-check
export { ActionError } from "./actions.js";
export { LiveScoreboard } from "./live-scoreboard.js";
export { fullJitterDelay } from "./backoff.js";
