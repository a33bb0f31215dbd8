// Everything that can go wrong between the page and the services, and the words for it.

export class Problem extends Error {
  /**
   * `kind` is one of WORDS; `status` the HTTP status where there is one; `detail` what the
   * service itself said; `wait` the seconds after which it wants to be asked again.
   */
  constructor(kind, { status = null, detail = "", wait = null } = {}) {
    super(WORDS[kind](detail, status));
    this.kind = kind;
    this.wait = wait;
  }
}

const WORDS = {
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

/**
 * Ask and read the JSON. Gives `{response, data}`; `data` is null where the answer is no JSON
 * object. Throws a Problem where there is no answer within `seconds`; an abort by the caller's
 * own `signal` stays an AbortError.
 */
export async function ask(url, { signal, seconds = 15, ...options }) {
  const limit = AbortSignal.timeout(seconds * 1000);
  try {
    const response = await fetch(url, {
      ...options,
      cache: "no-store",
      credentials: "omit",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    return { response, data: object(await response.text()) };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(limit.aborted ? "late" : "unreachable");
  }
}

function object(text) {
  try {
    const data = JSON.parse(text);
    return data !== null && typeof data === "object" && !Array.isArray(data) ? data : null;
  } catch {
    return null;
  }
}
