// What a panel with requests of its own says about them: loading, the time of the data, a problem.

import { byId, say } from "./dom.js";
import { timeOfDay } from "./formatting.js";
import { TEXTS, fillIn } from "./messages.js";

/** The state of a panel. The ids of its elements, and its texts, begin with its name. */
export class PanelState {
  #name;
  #asOf = null; // the time of the response that is shown

  constructor(name) {
    this.#name = name;
  }

  #part(name) {
    return byId(`${this.#name}-${name}`);
  }

  /** Show that data is on its way, or no longer. */
  showBusy(isBusy) {
    byId(this.#name).setAttribute("aria-busy", String(isBusy));
    const missing = this.#part("problem").textContent ? "" : TEXTS[`${this.#name}_not_loaded`];
    const age = this.#asOf
      ? fillIn(TEXTS[`${this.#name}_as_of`], { time: timeOfDay(this.#asOf) })
      : missing;
    say(this.#part("as-of"), isBusy ? "Loading…" : age);
  }

  /** Show the time of the response that is shown; null without one. */
  showTime(time) {
    this.#asOf = time;
    say(this.#part("problem"), "");
    this.#part("again").hidden = true;
    this.showBusy(false);
  }

  /** Say why the data was not fetched. */
  showProblem({ message, isPermanent }) {
    say(this.#part("problem"), isPermanent ? message : `${message} ${TEXTS.keeps_trying}`);
    this.#part("again").hidden = false;
    this.showBusy(false);
  }

  /** Call `again` when the user asks for the data after a problem. */
  listen(again) {
    this.#part("again").addEventListener("click", () => {
      this.#part("title").focus({ preventScroll: true });
      again();
    });
  }
}
