// Sign-in, token renewal and sign-out. Tokens are kept in memory only.

import { ServiceError, fetchJson } from "./errors.js";
import { SECONDS } from "./messages.js";
import { begin, prove } from "./srp.js";

const KINDS = {
  CodeMismatchException: "code",
  EnableSoftwareTokenMFAException: "code",
  ExpiredCodeException: "code",
  InvalidPasswordException: "weak",
  LimitExceededException: "locked",
  NotAuthorizedException: "wrong",
  PasswordResetRequiredException: "reset",
  TooManyRequestsException: "busy",
  UserNotConfirmedException: "reset",
  UserNotFoundException: "wrong",
};

const ISSUER = "EchoStream";

/** One user of the pool that `config` names. `clock` returns the server's time. */
export class Session {
  #config;
  #clock;
  #tokens = null;
  #renewal = null;

  constructor(config, clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** The pool's identifier of the signed-in user. */
  subject = null;

  /** Whether the pool's pages keep a session, too. */
  isHosted = false;

  /**
   * Sign in. Returns null, or what the pool asks for: a challenge of the kind `password` (a new
   * one), `code` (of the authenticator app) or `app` (its setup, with `secret` and `uri`). Its
   * `answer` returns null or the next challenge. All throw a ServiceError; a challenge stays open
   * after an error of the kind `weak` or `code`, and has expired after `wrong`.
   */
  async signIn(username, password) {
    const ours = begin();
    const first = await this.#call("InitiateAuth", {
      AuthFlow: "USER_SRP_AUTH",
      AuthParameters: { USERNAME: username, SRP_A: ours.hex },
    });
    if (first.ChallengeName !== "PASSWORD_VERIFIER") throw new ServiceError("unsupported");
    const challenge = first.ChallengeParameters;
    const { userPoolId } = this.#config;
    const proof = await prove(ours, userPoolId, password, challenge, this.#clock());
    return this.#finish(await this.#respond(first, proof), challenge.USER_ID_FOR_SRP);
  }

  /** Take over the tokens of a sign-in on the pool's pages. */
  adopt(result) {
    this.#store(result);
    this.isHosted = true;
  }

  #respond(challenge, responses) {
    return this.#call("RespondToAuthChallenge", {
      ChallengeName: challenge.ChallengeName,
      ChallengeResponses: responses,
      ...(challenge.Session ? { Session: challenge.Session } : {}),
    });
  }

  async #finish(result, username) {
    if (result.AuthenticationResult) {
      this.#store(result.AuthenticationResult);
      this.isHosted = false;
      return null;
    }
    const respond = async (responses, challenge = result) =>
      this.#finish(await this.#respond(challenge, { USERNAME: username, ...responses }), username);
    switch (result.ChallengeName) {
      case "NEW_PASSWORD_REQUIRED":
        return { kind: "password", answer: (text) => respond({ NEW_PASSWORD: text }) };
      case "SOFTWARE_TOKEN_MFA":
        return { kind: "code", answer: (code) => respond({ SOFTWARE_TOKEN_MFA_CODE: code }) };
      case "MFA_SETUP":
        return this.#setUpApp(result, username, respond);
      default:
        throw new ServiceError("unsupported");
    }
  }

  async #setUpApp(challenge, username, respond) {
    const without = { ClientId: undefined };
    const { SecretCode: secret, Session: setup } = await this.#call("AssociateSoftwareToken", {
      ...without,
      Session: challenge.Session,
    });
    let verified = null; // remembered, because the pool verifies a setup once
    const answer = async (code) => {
      const body = { ...without, Session: setup, UserCode: code };
      verified ??= await this.#call("VerifySoftwareToken", body);
      return respond({}, { ...challenge, Session: verified.Session });
    };
    return { kind: "app", secret, uri: appUri(secret, username), answer };
  }

  #store(result) {
    if (!result?.IdToken) throw new ServiceError("unreadable");
    this.#tokens = {
      id: result.IdToken,
      refresh: result.RefreshToken ?? this.#tokens.refresh,
      ends: performance.now() + result.ExpiresIn * 1000,
    };
    this.subject = claims(result.IdToken).sub;
  }

  /** A token that is valid for a minute. Throws a ServiceError, of kind `ended` without a session. */
  async token() {
    if (!this.#tokens) throw new ServiceError("ended");
    if (performance.now() > this.#tokens.ends - SECONDS.renew_before_expiry * 1000) await this.renew();
    return this.#tokens.id;
  }

  /** Get a new token; concurrent callers share one request. */
  renew() {
    if (!this.#renewal) {
      const renewal = this.#renew().finally(() => {
        if (this.#renewal === renewal) this.#renewal = null;
      });
      this.#renewal = renewal;
    }
    return this.#renewal;
  }

  async #renew() {
    const tokens = this.#tokens;
    if (!tokens) throw new ServiceError("ended");
    const request = this.#call("InitiateAuth", {
      AuthFlow: "REFRESH_TOKEN_AUTH",
      AuthParameters: { REFRESH_TOKEN: tokens.refresh },
    });
    const result = await request.catch((error) => error);
    // After a sign-out, or a sign-in as another user, the result is discarded.
    if (this.#tokens !== tokens) throw new ServiceError("ended");
    if (result.kind === "wrong") {
      this.#tokens = null;
      throw new ServiceError("ended");
    }
    if (result instanceof Error) throw result;
    this.#store(result.AuthenticationResult);
  }

  /** Drop the tokens and revoke them in the pool; they are dropped even if the pool fails. */
  async signOut() {
    const refresh = this.#tokens?.refresh;
    this.#tokens = null;
    this.#renewal = null;
    this.subject = null;
    if (refresh) await this.#call("RevokeToken", { Token: refresh }).catch(() => null);
  }

  async #call(action, body) {
    const { region, cognitoEndpoint, userPoolClientId } = this.#config;
    const { response, data } = await fetchJson(
      `${cognitoEndpoint ?? `https://cognito-idp.${region}.amazonaws.com`}/`,
      {
        method: "POST",
        headers: {
          "Content-Type": "application/x-amz-json-1.1",
          "X-Amz-Target": `AWSCognitoIdentityProviderService.${action}`,
        },
        body: JSON.stringify({ ClientId: userPoolClientId, ...body }),
      },
    );
    if (response.ok && !data && action !== "RevokeToken") throw new ServiceError("unreadable");
    if (response.ok) return data;
    const name = String(data?.__type ?? "").split("#").pop();
    if (/attempts exceeded/i.test(data?.message ?? "")) throw new ServiceError("locked");
    const kind = KINDS[name] ?? (response.status === 429 ? "busy" : "failed");
    throw new ServiceError(kind, { status: response.status, detail: data?.message });
  }
}

/** The address with which an authenticator app takes over a secret. */
function appUri(secret, username) {
  const label = `${ISSUER}:${encodeURIComponent(username)}`;
  return `otpauth://totp/${label}?${new URLSearchParams({ secret, issuer: ISSUER })}`;
}

/** The claims of a token. The page only reads them; the API verifies the token. */
export function claims(token) {
  const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const octets = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(octets));
}
