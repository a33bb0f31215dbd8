// Signing in, staying signed in, signing out. Tokens are kept in memory and nowhere else.

import { ServiceError, fetchJson } from "./errors.js";
import { begin, prove } from "./srp.js";

const RENEW_BEFORE = 60;
const PROBLEMS = {
  InvalidPasswordException: "weak",
  LimitExceededException: "locked",
  NotAuthorizedException: "wrong",
  PasswordResetRequiredException: "reset",
  TooManyRequestsException: "busy",
  UserNotConfirmedException: "reset",
  UserNotFoundException: "wrong",
};

/** One user of the pool that `config` names. `clock` says what time it is, as the server has it. */
export class Session {
  #config;
  #clock;
  #tokens = null;
  #renewal = null;

  constructor(config, clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** Who is signed in, as the pool names them; it changes where another user signs in. */
  subject = null;

  /**
   * Sign in. Gives null, or, where the password was made for one use, a function that takes the
   * new one. Throws a ServiceError.
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

  #finish(answer, username) {
    if (answer.AuthenticationResult) {
      this.#keep(answer.AuthenticationResult);
      return null;
    }
    if (answer.ChallengeName !== "NEW_PASSWORD_REQUIRED") throw new ServiceError("unsupported");
    return async (password) =>
      this.#finish(
        await this.#respond(answer, { USERNAME: username, NEW_PASSWORD: password }),
        username,
      );
  }

  #keep(result) {
    if (!result?.IdToken) throw new ServiceError("unreadable");
    this.#tokens = {
      id: result.IdToken,
      refresh: result.RefreshToken ?? this.#tokens.refresh,
      ends: performance.now() + result.ExpiresIn * 1000,
    };
    this.subject = claims(result.IdToken).sub;
  }

  /** A token that is good for a minute. Throws a ServiceError: `ended`, where one must sign in again. */
  async token() {
    if (!this.#tokens) throw new ServiceError("ended");
    if (performance.now() > this.#tokens.ends - RENEW_BEFORE * 1000) await this.renew();
    return this.#tokens.id;
  }

  /** Get a new token; callers at the same time share one request. */
  renew() {
    if (!this.#renewal) {
      const mine = this.#renew().finally(() => {
        if (this.#renewal === mine) this.#renewal = null;
      });
      this.#renewal = mine;
    }
    return this.#renewal;
  }

  async #renew() {
    const mine = this.#tokens;
    if (!mine) throw new ServiceError("ended");
    const asked = this.#call("InitiateAuth", {
      AuthFlow: "REFRESH_TOKEN_AUTH",
      AuthParameters: { REFRESH_TOKEN: mine.refresh },
    });
    const answer = await asked.catch((problem) => problem);
    // Whoever signed out meanwhile, or is somebody else by now, has no use for the answer.
    if (this.#tokens !== mine) throw new ServiceError("ended");
    if (answer.kind === "wrong") {
      this.#tokens = null;
      throw new ServiceError("ended");
    }
    if (answer instanceof Error) throw answer;
    this.#keep(answer.AuthenticationResult);
  }

  /** Forget the tokens, and have the pool forget them too; without its answer they still go. */
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
    const kind = PROBLEMS[name] ?? (response.status === 429 ? "busy" : "failed");
    throw new ServiceError(kind, { status: response.status, detail: data?.message });
  }
}

/** What a token says. It is only read here; the API is what checks it. */
function claims(token) {
  const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const octets = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(octets));
}
