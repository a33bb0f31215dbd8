// What a response of /themes says, as texts: what was read, what changed, why a part is empty.

import { count, duration, moment, percent, plural } from "./formatting.js";
import { TEXTS, fillIn } from "./messages.js";

const NAMING = 4; // terms in the name of a theme

/** Whether a response has the parts that the panel shows. */
export function isReadable({ period, against, themes, drivers, emerging }) {
  const lists = [themes, drivers, emerging?.terms];
  return Boolean(period && against) && lists.every(Array.isArray);
}

/** The name of a theme: its best terms. */
export const nameOf = (theme) => theme.terms.slice(0, NAMING).join(", ");

/** The difference between a theme's share and that before; empty if there is none to compare. */
export function changeText({ share, share_before: before }) {
  if (before === null) return "";
  const points = (100 * Math.abs(share - before)).toFixed(1);
  if (points === "0.0") return "the same share as before";
  return `${points} percentage points ${share > before ? "more" : "less"} than before`;
}

/** Whether a term is more or less frequent than before. */
export const directionText = ({ z }) => (z > 0 ? "more frequent" : "less frequent");

/** How many documents were read, and how many of them have no theme. */
export function readText({ period, themes, without_theme: rest }) {
  const name = period.complete ? "themes_read" : "themes_sample";
  const values = { read: plural(period.total, "document"), documents: count(period.documents) };
  const text = fillIn(TEXTS[name], values);
  if (!themes.length) return text;
  return `${text} ${fillIn(TEXTS.without_theme, { documents: count(rest.total) })}`;
}

/** Why nothing is shown; empty if documents were read. */
export function noDocuments({ period }, isFiltered) {
  if (period.total) return "";
  return isFiltered ? TEXTS.no_match : TEXTS.no_documents;
}

/** Why there is no theme; empty if there is one. */
export const noTheme = ({ themes }) => (themes.length ? "" : TEXTS.no_theme);

/** What the period is compared with. */
export function comparedText({ against }) {
  return fillIn(TEXTS[against.complete ? "compared" : "compared_sample"], {
    against: earlier(against),
    documents: plural(against.documents, "document"),
    start: moment(new Date(against.from)),
    end: moment(new Date(against.to)),
  });
}

/** The period before, in the words of a sentence. */
function earlier({ from, to }) {
  return `the ${duration((Date.parse(to) - Date.parse(from)) / 1000)} before`;
}

/** Why no term drives a change; empty if one does. */
export function noDriver({ drivers, against }) {
  if (drivers.length) return "";
  const name = against.documents ? "no_driver" : "nothing_to_compare";
  return fillIn(TEXTS[name], { against: earlier(against) });
}

/** Since when, and with how many documents, terms that emerge are compared. */
export function sinceText({ emerging }) {
  return fillIn(TEXTS[emerging.complete ? "emerging_since" : "emerging_since_sample"], {
    documents: plural(emerging.documents, "document"),
    since: moment(new Date(emerging.since)),
  });
}

/** Why no term is new; empty if one is. */
export function nothingNew({ emerging }) {
  if (emerging.terms.length) return "";
  return emerging.documents ? TEXTS.nothing_new : TEXTS.no_usual;
}

/** The false-discovery rate of terms; empty if none is listed. */
export function discoveries({ drivers, emerging, false_discovery_rate: rate }) {
  if (!drivers.length && !emerging.terms.length) return "";
  return fillIn(TEXTS.discoveries, { rate: `${Math.round(100 * rate)}%` });
}

/** A share as a percentage. */
export const shareText = (share) => percent(share, 1);
