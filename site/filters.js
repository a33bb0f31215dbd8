// What somebody chose to see: the period, the source, the sentiment.

import { now } from "./api.js";
import { byId, say } from "./dom.js";
import { resolve } from "./period.js";

const FILTERS = ["period", "from", "to", "source", "sentiment"];

export function filters() {
  return Object.fromEntries(FILTERS.map((name) => [name, byId(name).value]));
}

export function clearFilters() {
  byId("period").value = "48h";
  for (const name of ["from", "to", "source", "sentiment"]) byId(name).value = "";
  showFilters();
}

function showFilters() {
  const { period, source, sentiment } = filters();
  for (const row of document.querySelectorAll(".custom")) row.hidden = period !== "custom";
  byId("clear").hidden = !(source || sentiment || period !== "48h");
}

/** Call `changed` whenever somebody chose otherwise. */
export function listenToFilters(changed) {
  const chooseAgain = () => {
    showFilters();
    changed();
  };
  for (const name of FILTERS) byId(name).addEventListener("change", chooseAgain);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    clearFilters();
    byId("period").focus();
    changed();
  });
}

/** The chosen filters as the API takes them; null, with words beside them, where they make none. */
export function chosen() {
  let problem = "";
  let span = null;
  try {
    span = resolve(filters(), now());
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problem = error.message;
  }
  say(byId("period-problem"), problem);
  for (const name of ["from", "to"]) byId(name).setAttribute("aria-invalid", String(!span));
  if (!span) return null;
  const { source, sentiment } = filters();
  return { ...span, source, sentiment };
}
