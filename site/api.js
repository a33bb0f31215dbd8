// The API as the signed-in user sees it, and the server's clock.

import { fetchJson, translateErrors } from "./errors.js";

let clockOffset = 0;

/** The server's time; this computer's time until the first response. */
export function now() {
  return new Date(Date.now() + clockOffset);
}

/** Seconds by which the server's clock is ahead of this computer's clock. */
export function clockDifference() {
  return clockOffset / 1000;
}

/** Set the clock by the Date header of a response. */
export function readClock(response) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (!Number.isNaN(date)) {
    const difference = date - Date.now();
    clockOffset = Math.abs(difference) < 5000 ? 0 : difference;
  }
}

/**
 * GET a path of the API. Returns the JSON object; throws a ServiceError. If the API rejects the
 * token, renews it once and repeats the request. Skips undefined and empty parameters. `seconds` is
 * the time for a response, if it is not the usual one.
 */
export async function get(session, base, path, parameters, signal, seconds) {
  const query = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "");
  const url = `${base}${path}?${new URLSearchParams(query)}`;
  const request = async () =>
    fetchJson(url, { signal, seconds, headers: { Authorization: `Bearer ${await session.token()}` } });
  let result = await request();
  if (result.response.status === 401) {
    await session.renew();
    result = await request();
  }
  readClock(result.response);
  return translateErrors(result);
}
