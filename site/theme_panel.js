// The panel of themes: what documents are about, what changed, and what is new.

import { citing } from "./documents.js";
import { byId, el, say, svg, update } from "./dom.js";
import { plural, score } from "./formatting.js";
import { PanelState } from "./panel_state.js";
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

export const themesState = new PanelState("themes");

/** Show a response of /themes, fetched at `time`; null clears the panel. */
export function showThemes(response, { isFiltered = false, time = null } = {}) {
  showList(response ? response.themes : []);
  const reason = response ? noDocuments(response, isFiltered) || noTheme(response) : "";
  explain("themes-empty", reason);
  say(byId("themes-read"), response?.period.total ? readText(response) : "");
  const hasDocuments = Boolean(response?.period.total);
  byId("theme-changes").hidden = !hasDocuments;
  showChanges(hasDocuments ? response : null);
  themesState.showTime(response && time);
}

/** Whether the user reads documents of a theme or a term, so that the panel must not change. */
export function isThemeRead() {
  return ["theme-list", "theme-changes"].some((id) => {
    const part = byId(id);
    return part.contains(document.activeElement) || part.querySelector("details[open]") !== null;
  });
}

function explain(id, reason) {
  say(byId(id), reason);
  byId(id).hidden = !reason;
}

function showList(themes) {
  showItems("theme-list", themes, (theme) => {
    const facts = [
      `${shareText(theme.share)} of the documents`,
      plural(theme.total, "document"),
      changeText(theme),
      `mean score ${score(theme.mean_compound)}`,
    ];
    return [nameOf(theme), facts, bar(theme.share)];
  });
}

/**
 * A list of themes or terms, which open their documents. `describe` returns the name, facts, and an
 * element between them.
 */
function showItems(id, items, describe) {
  update(byId(id), JSON.stringify(items), () =>
    items.map((one) => {
      const [name, facts, between = null] = describe(one);
      const spans = facts.filter(Boolean).map((fact) => el("span", {}, fact));
      const title = el("bdi", { class: "theme" }, name);
      return el("li", {}, citing(one.examples, title, between, el("span", { class: "meta" }, ...spans)));
    }),
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
  byId("driver-documents").hidden = !drivers.length;
  explain("no-driver", response ? noDriver(response) : "");
  showItems("drivers", drivers, (driver) => [
    driver.term,
    [
      directionText(driver),
      `${shareText(driver.share)} of the documents`,
      `${shareText(driver.share_before)} before`,
    ],
  ]);
  say(byId("since"), response ? sinceText(response) : "");
  explain("nothing-new", response ? nothingNew(response) : "");
  showItems("emerging", terms, ({ term, documents, expected }) => [
    term,
    [plural(documents, "document"), `${expected.toFixed(1)} expected`],
  ]);
  explain("discoveries", response ? discoveries(response) : "");
}
