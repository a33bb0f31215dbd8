// Sign-in, token renewal and sign-out. Tokens are kept in memory only.

import { ServiceError, fetchJson } from "./errors.js";
import { SECONDS } from "./messages.js";
import { begin, prove } from "./srp.js";

const KINDS = {
  InvalidPasswordException: "weak",
  LimitExceededException: "locked",
  NotAuthorizedException: "wrong",
  PasswordResetRequiredException: "reset",
  TooManyRequestsException: "busy",
  UserNotConfirmedException: "reset",
  UserNotFoundException: "wrong",
};

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

  /**
   * Sign in. Returns null, or, after a temporary password, a function that takes the new one.
   * Throws a ServiceError.
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

  #respond(challenge, responses) {
    return this.#call("RespondToAuthChallenge", {
      ChallengeName: challenge.ChallengeName,
      ChallengeResponses: responses,
      ...(challenge.Session ? { Session: challenge.Session } : {}),
    });
  }

  #finish(result, username) {
    if (result.AuthenticationResult) {
      this.#store(result.AuthenticationResult);
      return null;
    }
    if (result.ChallengeName !== "NEW_PASSWORD_REQUIRED") throw new ServiceError("unsupported");
    return async (password) =>
      this.#finish(
        await this.#respond(result, { USERNAME: username, NEW_PASSWORD: password }),
        username,
      );
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

/** The claims of a token. The page only reads them; the API verifies the token. */
function claims(token) {
  const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const octets = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(octets));
}
