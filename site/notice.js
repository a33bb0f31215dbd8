// The notice at the top of the page, and announcements for screen readers.

import { byId, say } from "./dom.js";
import { plural } from "./formatting.js";

const ANNOUNCEMENT_INTERVAL = 30e3;

let lastAnnounced = -Infinity;

/** Show a text, with a button if there is an action. */
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

/** Announce new documents to screen readers, at most once per interval. */
export function announce(number) {
  if (performance.now() - lastAnnounced < ANNOUNCEMENT_INTERVAL) return;
  lastAnnounced = performance.now();
  speak(plural(number, "new document"));
}

/** Have screen readers speak a text, even if it equals the previous one. */
export function speak(text) {
  const region = byId("announcement");
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 100);
}
