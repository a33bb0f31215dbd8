// Errors between the page and the services, and the request that raises them.

const PERMANENT = ["ended", "forbidden", "refused"];
const KIND_OF_STATUS = { 400: "refused", 401: "ended", 403: "forbidden", 429: "busy" };

/** A request that failed. The message is for the user. */
export class ServiceError extends Error {
  /**
   * `kind` is a key of MESSAGES; `status` the HTTP status, or null; `detail` the service's own
   * message; `wait` the seconds that the service asks clients to wait before they retry.
   */
  constructor(kind, { status = null, detail = "", wait = null } = {}) {
    super(MESSAGES[kind](detail, status));
    this.kind = kind;
    this.wait = wait;
  }

  /** Whether a retry fails again until the user does something. */
  get isPermanent() {
    return PERMANENT.includes(this.kind);
  }
}

const MESSAGES = {
  unreachable: () => "There is no answer. Check the network connection.",
  late: () => "The answer takes too long.",
  busy: () => "Too many requests at the moment.",
  failed: (_, status) => `The service has a problem (HTTP ${status}).`,
  unreadable: () => "The answer is not one that this page understands.",
  refused: (detail) => `The service did not accept the filters: ${detail}`,
  forbidden: () =>
    "This account may not see any documents yet. Ask the person who gave it to you to add it to" +
    " a tenant, then sign in again.",
  ended: () => "Your session has ended.",
  wrong: () => "The user name or the password is not right.",
  locked: () => "There were too many attempts. Wait a few minutes, then try again.",
  reset: () => "This password must be changed first. Ask the person who gave you the account.",
  weak: (detail) => `The new password was not accepted: ${detail}`,
  unsupported: () =>
    "This account needs a way of signing in that this page does not have. Ask the person who" +
    " gave it to you.",
};

/** The data of the API's response. Throws a ServiceError if it is an error or not JSON. */
export function translateErrors({ response, data }) {
  const { status, headers } = response;
  if (status < 300 && data) return data;
  if (status < 300) throw new ServiceError("unreadable");
  const wait = Number.parseInt(headers.get("Retry-After") ?? "", 10) || null;
  const detail = data?.error?.message || data?.message || "no reason given";
  throw new ServiceError(KIND_OF_STATUS[status] ?? "failed", { status, detail, wait });
}

/**
 * Send a request and parse the response. Returns `{response, data}`; `data` is null if the body
 * is not a JSON object. Throws a ServiceError if no response arrives within `seconds`; if the
 * caller aborts through `signal`, the AbortError stays.
 */
export async function fetchJson(url, { signal, seconds = 15, ...options }) {
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
