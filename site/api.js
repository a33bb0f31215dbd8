// The API as the signed-in user sees it, and the server's clock.

import { Problem, ask } from "./problem.js";

let ahead = 0;

/** What time it is by the server's clock; by this computer's own until the server has answered. */
export function now() {
  return new Date(Date.now() + ahead);
}

/** By how many seconds the server's clock is ahead of this computer's. */
export function clockDifference() {
  return ahead / 1000;
}

/** Read the server's clock off an answer of the page's own address. */
export function readClock(response) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (!Number.isNaN(date)) {
    const difference = date - Date.now();
    ahead = Math.abs(difference) < 5000 ? 0 : difference;
  }
}

/**
 * GET a path of the API. Gives the JSON object; throws a Problem. A token that is refused is
 * renewed once. Parameters that are undefined or empty are left out.
 */
export async function get(session, base, path, parameters, signal) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "");
  const url = `${base}${path}?${new URLSearchParams(given)}`;
  const once = async () =>
    ask(url, { signal, headers: { Authorization: `Bearer ${await session.token()}` } });
  let answer = await once();
  if (answer.response.status === 401) {
    await session.renew();
    answer = await once();
  }
  readClock(answer.response);
  return checked(answer);
}

function checked({ response, data }) {
  const { status } = response;
  const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10) || null;
  const detail = data?.error?.message ?? data?.message ?? "";
  if (status === 401) throw new Problem("ended");
  if (status === 403) throw new Problem("forbidden");
  if (status === 429) throw new Problem("busy", { wait });
  if (status === 400) throw new Problem("refused", { detail: detail || "no reason given" });
  if (status >= 300) throw new Problem("failed", { status, wait });
  if (!data) throw new Problem("unreadable");
  return data;
}
