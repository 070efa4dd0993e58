// @ts-check

const LIVE_PATH = "/ws/v1/scoreboard/live";
const REST_PATH = "/api/v1/scoreboard";

/**
 * Where the live board and the REST board are. Each may be given; what is not given follows from `baseUrl`, from the
 * address of the live board, or from the page. `undefined` where nothing tells.
 *
 * @param {{baseUrl?: string, url?: string, restUrl?: string}} given
 * @returns {{url?: string, restUrl?: string}} throws TypeError for text that is not an address
 */
export function addressesOf({ baseUrl, url, restUrl }) {
  const base = baseOf(baseUrl, url);
  return {
    url: asSocket(url ? absolute(url) : base && base + LIVE_PATH),
    restUrl: restUrl ? absolute(restUrl) : base && base + REST_PATH,
  };
}

/** @param {string | undefined} baseUrl @param {string | undefined} url @returns {string | undefined} no slash at its end */
function baseOf(baseUrl, url) {
  if (baseUrl !== undefined) return asWeb(absolute(baseUrl || "/")).replace(/\/+$/, "");
  if (!url) return pageOrigin();
  const { origin, pathname } = new URL(asWeb(absolute(url)));
  return pathname.endsWith(LIVE_PATH) ? origin + pathname.slice(0, -LIVE_PATH.length) : undefined;
}

/** @param {string} address possibly relative to the page */
function absolute(address) {
  return new URL(address, globalThis.location?.href).href;
}

function pageOrigin() {
  const { protocol, origin } = globalThis.location ?? {};
  return protocol?.startsWith("http") ? origin : undefined;
}

/** @param {string | undefined} address */
const asSocket = (address) => address?.replace(/^http/, "ws");

/** @param {string} address */
const asWeb = (address) => address.replace(/^ws/, "http");
