// The line above everything else, and what is said to those who do not see the page.

import { byId, say } from "./dom.js";
import { plural } from "./formatting.js";

const SELDOM = 30e3;

let lastAnnounced = -Infinity;

/** Show a sentence, with a button where there is something to do about it. */
export function notice(text, action = null, name = "Try again") {
  say(byId("notice-text"), text);
  byId("notice").hidden = false;
  byId("notice-again").hidden = !action;
  byId("notice-again").onclick = action && (() => action());
  say(byId("notice-again"), name);
}

export function hideNotice() {
  byId("notice").hidden = true;
}

/** Tell those who do not see the list of new documents, but not all the time. */
export function announce(number) {
  if (performance.now() - lastAnnounced < SELDOM) return;
  lastAnnounced = performance.now();
  tell(plural(number, "new document"));
}

/** Have a sentence spoken, also where it is the one that was spoken before. */
export function tell(text) {
  const region = byId("announcement");
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 100);
}
