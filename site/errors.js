// Errors between the page and the services, and the request that raises them.

import {
  ERRORS,
  ERROR_OF_CODE,
  ERROR_OF_STATUS,
  PERMANENT_ERRORS,
  SECONDS,
  fillIn,
} from "./messages.js";

/** A request that failed. The message is for the user. */
export class ServiceError extends Error {
  /**
   * `kind` is a key of ERRORS; `status` the HTTP status, or null; `detail` the service's own
   * message; `wait` the seconds that the service asks clients to wait before they retry.
   */
  constructor(kind, { status = null, detail = "", wait = null } = {}) {
    super(fillIn(ERRORS[kind], { detail, status: `HTTP ${status}` }));
    this.kind = kind;
    this.wait = wait;
  }

  /** Whether a retry fails again until the user does something. */
  get isPermanent() {
    return PERMANENT_ERRORS.includes(this.kind);
  }
}

/** The data of the API's response. Throws a ServiceError if it is an error or not JSON. */
export function translateErrors({ response, data }) {
  const { status, headers } = response;
  if (status < 300 && data) return data;
  if (status < 300) throw new ServiceError("unreadable");
  const wait = Number.parseInt(headers.get("Retry-After") ?? "", 10) || null;
  const detail = data?.error?.message || data?.message || "no reason given";
  const kind = ERROR_OF_CODE[data?.error?.code] ?? ERROR_OF_STATUS[status] ?? "failed";
  throw new ServiceError(kind, { status, detail, wait });
}

/**
 * Send a request and parse the response. Returns `{response, data}`; `data` is null if the body
 * is not a JSON object. Throws a ServiceError if no response arrives within `seconds`; if the
 * caller aborts through `signal`, the AbortError stays.
 */
export async function fetchJson(url, { signal, seconds = SECONDS.request_timeout, ...options }) {
  const limit = AbortSignal.timeout(seconds * 1000);
  try {
    const response = await fetch(url, {
      ...options,
      cache: "no-store",
      credentials: "omit",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    return { response, data: parse(await response.text()) };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ServiceError(limit.aborted ? "late" : "unreachable");
  }
}

function parse(text) {
  try {
    const data = JSON.parse(text);
    return data !== null && typeof data === "object" && !Array.isArray(data) ? data : null;
  } catch {
    return null;
  }
}
