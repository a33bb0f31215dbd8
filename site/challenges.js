// What the user pool asks for after the password: a new password, a code, an authenticator app.

import { byId, say } from "./dom.js";

const FIELDS = { password: "new-password", code: "code", app: "code" };

let challenge = null;

/** Whether a sign-in waits for an answer. */
export const isChallenged = () => challenge !== null;

/** Show the fields of a challenge; hide them all if it is null. */
export function showChallenge(next) {
  challenge = next;
  const field = FIELDS[next?.kind];
  for (const id of Object.values(FIELDS)) {
    byId(`${id}-row`).hidden = id !== field;
    byId(id).required = id === field;
    if (id !== field) byId(id).value = "";
  }
  byId("app-row").hidden = next?.kind !== "app";
  say(byId("app-secret"), next?.secret ?? "");
  say(byId("app-link"), next?.uri ?? "");
  byId("app-link").href = next?.uri ?? "";
}

/** Send what the user typed. Returns null or the next challenge. Throws a ServiceError. */
export function answerChallenge() {
  const text = byId(FIELDS[challenge.kind]).value;
  return challenge.answer(challenge.kind === "password" ? text : text.replaceAll(" ", ""));
}

/** Put the focus into the field that the user must fill in. */
export function focusChallenge() {
  byId(FIELDS[challenge.kind]).focus();
}
