// Sign-in on the pages of the user pool, and there with an identity provider: OAuth 2.0 with a code
// (RFC 6749, 4.1) and a proof of who asked for it (PKCE, RFC 7636).

import { ServiceError, fetchJson } from "./errors.js";
import { claims } from "./session.js";

const KEY = "hosted-sign-in"; // in the tab's storage, until the tab comes back

const address = () => `${location.origin}/`;

/** Leave the page for the sign-in. */
export async function leaveForSignIn({ hosted, userPoolClientId }) {
  const sent = { state: random(), nonce: random(), verifier: random() };
  sessionStorage.setItem(KEY, JSON.stringify(sent));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(sent.verifier));
  const parameters = new URLSearchParams({
    response_type: "code",
    client_id: userPoolClientId,
    redirect_uri: address(),
    scope: "openid",
    state: sent.state,
    nonce: sent.nonce,
    code_challenge: base64Url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...(hosted.provider ? { identity_provider: hosted.provider } : {}),
  });
  location.assign(`${hosted.url}/oauth2/authorize?${parameters}`);
}

/**
 * The tokens of a sign-in from which this tab comes back, in the form of Cognito's
 * AuthenticationResult; null if it does not come from one. Throws a ServiceError. The address is
 * cleared, and what was stored is removed, whatever happens: a code is tried once.
 */
export async function takeSignIn({ hosted, userPoolClientId }) {
  const returned = new URLSearchParams(location.search);
  const stored = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  sessionStorage.removeItem(KEY);
  if (!returned.has("code") && !returned.has("error")) return null;
  history.replaceState(null, "", address());
  if (!hosted || !stored || returned.get("state") !== stored.state) throw new ServiceError("foreign");
  if (returned.has("error")) {
    const detail = returned.get("error_description") ?? returned.get("error");
    throw new ServiceError("provider", { detail });
  }
  const { response, data } = await fetchJson(`${hosted.url}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: userPoolClientId,
      code: returned.get("code"),
      redirect_uri: address(),
      code_verifier: stored.verifier,
    }),
  });
  if (!response.ok) throw new ServiceError("provider", { detail: data?.error ?? response.status });
  if (!data?.id_token) throw new ServiceError("unreadable");
  if (claims(data.id_token).nonce !== stored.nonce) throw new ServiceError("foreign");
  const { id_token: IdToken, refresh_token: RefreshToken, expires_in: ExpiresIn } = data;
  return { IdToken, RefreshToken, ExpiresIn };
}

/** Leave the page to end the pool's own session, which would sign in again without a password. */
export function leaveForSignOut({ hosted, userPoolClientId }) {
  const parameters = new URLSearchParams({ client_id: userPoolClientId, logout_uri: address() });
  location.assign(`${hosted.url}/logout?${parameters}`);
}

/** 256 random bits, as text of the letters that RFC 7636 permits. */
const random = () => base64Url(crypto.getRandomValues(new Uint8Array(32)));

function base64Url(octets) {
  const text = btoa(String.fromCharCode(...octets));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
