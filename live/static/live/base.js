// The path below which the server answers (SCOREBOARD_BASE_PATH), without a slash at its end; usually empty.

export const base = document.documentElement.dataset.base;
