// The panel of themes: what documents are about, what changed, and what is new.

import { showDocument } from "./documents.js";
import { byId, el, say, svg, update } from "./dom.js";
import { count, plural, score, timeOfDay } from "./formatting.js";
import { TEXTS, fillIn } from "./messages.js";
import {
  changeText,
  comparedText,
  directionText,
  discoveries,
  nameOf,
  noDocuments,
  noDriver,
  noTheme,
  nothingNew,
  readText,
  shareText,
  sinceText,
} from "./themes.js";

const LISTED = 6; // terms that changed, and terms that are new

export const MAX_THEMES = 8;

let asOf = null; // the time of the response that is shown

/** Show that themes are on their way, or no longer. */
export function showThemesBusy(isBusy) {
  const panel = byId("themes");
  if (isBusy) panel.setAttribute("aria-busy", "true");
  else panel.removeAttribute("aria-busy");
  showState();
}

/** Show a response of /themes, fetched at `time`; null clears the panel. */
export function showThemes(response, { isFiltered = false, time = null } = {}) {
  asOf = response && time;
  say(byId("themes-problem"), "");
  byId("themes-again").hidden = true;
  showList(response ? response.themes : []);
  const reason = response ? noDocuments(response, isFiltered) || noTheme(response) : "";
  explain("themes-empty", reason);
  say(byId("themes-read"), response?.period.total ? readText(response) : "");
  const hasDocuments = Boolean(response?.period.total);
  byId("theme-changes").hidden = !hasDocuments;
  showChanges(hasDocuments ? response : null);
  showThemesBusy(false);
}

/** Say why themes were not fetched. */
export function showThemesProblem(message, isPermanent) {
  say(byId("themes-problem"), isPermanent ? message : `${message} ${TEXTS.keeps_trying}`);
  byId("themes-again").hidden = false;
  showThemesBusy(false);
}

/** Whether the user reads the cited documents of a theme, so that the panel must not change. */
export function isThemeRead() {
  const list = byId("theme-list");
  return list.contains(document.activeElement) || list.querySelector("details[open]") !== null;
}

/** Call `again` when the user asks for the themes after a problem. */
export function listenToThemes(again) {
  byId("themes-again").addEventListener("click", () => {
    byId("themes-title").focus({ preventScroll: true });
    again();
  });
}

function showState() {
  const isBusy = byId("themes").hasAttribute("aria-busy");
  const missing = byId("themes-problem").textContent ? "" : TEXTS.themes_not_loaded;
  const age = asOf ? fillIn(TEXTS.themes_as_of, { time: timeOfDay(asOf) }) : missing;
  say(byId("themes-as-of"), isBusy ? "Loading…" : age);
}

function explain(id, reason) {
  say(byId(id), reason);
  byId(id).hidden = !reason;
}

function showList(themes) {
  update(byId("theme-list"), JSON.stringify(themes), () =>
    themes.map((theme) => el("li", {}, item(theme))),
  );
}

/** A theme, which opens its cited documents. */
function item(theme) {
  const change = changeText(theme);
  return el(
    "details",
    {},
    el(
      "summary",
      {},
      el("bdi", { class: "theme" }, nameOf(theme)),
      bar(theme.share),
      el(
        "span",
        { class: "meta" },
        el("span", {}, `${shareText(theme.share)} of the documents`),
        el("span", {}, plural(theme.total, "document")),
        change ? el("span", {}, change) : null,
        el("span", {}, `mean score ${score(theme.mean_compound)}`),
      ),
    ),
    el("ol", {}, ...theme.examples.map((document) => showDocument(document, "cited"))),
  );
}

/** A share as a part of a bar that stands for all documents; the text below says the same. */
function bar(share) {
  const box = { class: "share", viewBox: "0 0 100 10", preserveAspectRatio: "none" };
  return svg(
    "svg",
    { "aria-hidden": "true", ...box },
    svg("rect", { class: "all", x: 0, y: 0, width: 100, height: 10 }),
    svg("rect", { x: 0, y: 0, width: 100 * share, height: 10 }),
  );
}

/** What changed and what is new; null clears both. */
function showChanges(response) {
  const drivers = response ? response.drivers.slice(0, LISTED) : [];
  const terms = response ? response.emerging.terms.slice(0, LISTED) : [];
  say(byId("compared"), response ? comparedText(response) : "");
  explain("no-driver", response ? noDriver(response) : "");
  showRows("drivers", drivers, (driver) => [
    driver.term,
    el("td", { class: "text" }, directionText(driver)),
    el("td", {}, shareText(driver.share)),
    el("td", {}, shareText(driver.share_before)),
  ]);
  say(byId("since"), response ? sinceText(response) : "");
  explain("nothing-new", response ? nothingNew(response) : "");
  showRows("emerging", terms, ({ term, documents, expected }) => [
    term,
    el("td", {}, count(documents)),
    el("td", {}, expected.toFixed(1)),
  ]);
  explain("discoveries", response ? discoveries(response) : "");
}

/** Rows of a table, whose region is hidden without any. `cells` returns the term and the cells. */
function showRows(id, items, cells) {
  byId(id).closest(".scroll").hidden = !items.length;
  update(byId(id), JSON.stringify(items), () =>
    items.map((one) => {
      const [term, ...others] = cells(one);
      return el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, term)), ...others);
    }),
  );
}
