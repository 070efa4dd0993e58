// @ts-check

/**
 * How long to wait before the next try: a random time up to a bound that doubles with each failure ("full jitter"). So
 * clients that lost the same server do not all return at the same moment.
 *
 * @param {number} failures in a row, at least 1
 * @param {{minDelayMs: number, maxDelayMs: number, random?: () => number}} limits
 * @returns {number} milliseconds
 */
export function fullJitterDelay(failures, { minDelayMs, maxDelayMs, random = Math.random }) {
  const bound = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(random() * bound);
}
