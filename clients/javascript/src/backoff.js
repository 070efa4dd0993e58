// @ts-check

/**
 * How long to wait before the next try: anything up to a bound that doubles with each failure ("full jitter", so that
 * clients that lost one server do not come back in step).
 *
 * @param {number} failures how many tries failed in a row, from 1
 * @param {{minDelayMs: number, maxDelayMs: number, random?: () => number}} limits
 * @returns {number} milliseconds
 */
export function fullJitterDelay(failures, { minDelayMs, maxDelayMs, random = Math.random }) {
  const bound = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(random() * bound);
}
