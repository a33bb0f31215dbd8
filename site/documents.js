// The newest documents: a list that grows at both ends and does not move under a reader.

import { byId, el, say } from "./dom.js";
import { moment, plural, score } from "./formatting.js";
import { FALLBACKS, LABELS, TEXTS, fillIn } from "./messages.js";

const LONG = 400; // characters from which a text is folded

let folded = 0; // folded texts until now

/**
 * The loaded documents, newest first, each once. Documents that arrive while the user reads go to
 * `waiting`. `older` are the parameters of the next page, whose cursor is valid for the same
 * filters only; null after the last page.
 */
export class Documents {
  list = [];
  waiting = [];
  older = null;
  #gap = null;

  /** Start over with the first page of a query. */
  replace({ documents, cursor }, parameters) {
    this.list = documents;
    this.waiting = [];
    this.older = cursor ? { ...parameters, cursor } : null;
    this.#gap = null;
  }

  /** Add the newest page, fetched again. Returns the number of new documents. */
  refresh({ documents, cursor }, parameters) {
    const known = new Set([...this.list, ...this.waiting].map((d) => d.id));
    const fresh = documents.filter((d) => !known.has(d.id));
    if (fresh.length && fresh.length === documents.length && cursor) {
      this.#gap = { ...parameters, cursor }; // there may be more documents in between
      this.waiting = [];
    }
    this.waiting = sorted([...fresh, ...this.waiting]);
    return fresh.length;
  }

  /** Move the waiting documents into the list; they replace it if there may be a gap. */
  showWaiting() {
    if (!this.waiting.length) return;
    this.list = this.#gap ? this.waiting : sorted([...this.waiting, ...this.list]);
    this.older = this.#gap ?? this.older;
    this.waiting = [];
    this.#gap = null;
  }

  /** Add an older page at the end. */
  extend({ documents, cursor }) {
    const known = new Set(this.list.map((d) => d.id));
    this.list = [...this.list, ...documents.filter((d) => !known.has(d.id))];
    this.older = cursor ? { ...this.older, cursor } : null;
  }
}

function sorted(documents) {
  return documents.toSorted((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
}

/** Whether a search term occurs in a document's text, author, source or channel. */
export function matches(document, term) {
  const needle = term.trim().toLowerCase();
  if (!needle) return true;
  const { text, author, source, channel } = document;
  return [text, author, source, channel].some((part) => (part ?? "").toLowerCase().includes(needle));
}

const items = new Map();

/** Show documents in order; the elements of documents that are shown already stay. */
export function showList(documents) {
  const list = byId("list");
  const ids = new Set(documents.map((d) => d.id));
  for (const [id, item] of items) {
    if (!ids.has(id)) {
      item.remove();
      items.delete(id);
    }
  }
  let next = list.firstElementChild;
  for (const document of documents) {
    let item = items.get(document.id);
    if (item && item === next) {
      next = next.nextElementSibling;
      continue;
    }
    item ??= showDocument(document);
    items.set(document.id, item);
    list.insertBefore(item, next);
  }
}

/** What cites documents, and opens them if there are any. */
export function citing(documents, ...children) {
  if (!documents.length) return el("p", {}, ...children);
  const list = el("ol", {}, ...documents.map(showDocument));
  return el("details", {}, el("summary", {}, ...children), list);
}

/**
 * A document as an item of a list. A cited document has no engine, so that the item says nothing
 * about its scoring.
 */
function showDocument(document) {
  const at = new Date(document.created_at);
  return el(
    "li",
    { class: "document" },
    el(
      "p",
      { class: "meta" },
      ...verdict(document),
      document.rating ? el("span", { class: "rating" }, `rated ${document.rating} of 5`) : null,
      el("bdi", { class: "source" }, document.source),
      document.channel ? el("bdi", { class: "channel" }, document.channel) : null,
      document.author ? el("bdi", { class: "author" }, document.author) : null,
      el("time", { datetime: at.toISOString() }, moment(at)),
    ),
    ...body(document),
    document.engine ? el("p", { class: "meta small" }, ...provenance(document)) : null,
  );
}

/** The sentiment and the score, or the language for which there are none. */
function verdict({ sentiment, compound, unscored, language }) {
  if (unscored) return [el("span", { class: "sentiment UNSCORED" }, unscoredName(language))];
  return [
    el("span", { class: `sentiment ${sentiment}` }, LABELS[sentiment]),
    el("span", { class: "score" }, `score ${score(compound)}`),
  ];
}

const NAMES = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" });

/** The name of a language in English; undefined for a code that names none, such as und. */
function languageName(code) {
  try {
    return code === "und" ? undefined : NAMES.of(code);
  } catch {
    return undefined; // a code in a form that no language has
  }
}

/** What is said of a document without a score, with the name of its language if it has one. */
export function unscoredName(language) {
  const name = languageName((language ?? "").split("-")[0]);
  return name ? fillIn(TEXTS.unscored_language, { language: name }) : TEXTS.unscored;
}

/** The text; a long one is folded, with a button that unfolds it. */
function body({ text }) {
  const isLong = text.length > LONG || text.split("\n").length > 6;
  const paragraph = el("p", { class: isLong ? "text folded" : "text", dir: "auto" }, text);
  if (!isLong) return [paragraph];
  paragraph.id = `text-${(folded += 1)}`; // a document may be in several lists
  const button = el("button", { type: "button", class: "link", "aria-expanded": "false" });
  button.setAttribute("aria-controls", paragraph.id);
  say(button, "Show the whole text");
  button.addEventListener("click", () => {
    const isFolded = paragraph.classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!isFolded));
    say(button, isFolded ? "Show the whole text" : "Show less");
  });
  return [paragraph, button];
}

function provenance(document) {
  const { engine, engine_version: version, language, truncated, fallback, unscored } = document;
  const by = unscored ? "read by " : "scored by ";
  const parts = [el("span", {}, by, el("bdi", {}, `${engine} ${version}`))];
  if (fallback) parts.push(el("span", {}, `because ${FALLBACKS[fallback] ?? fallback}`));
  if (truncated) parts.push(el("span", {}, "only the beginning was scored"));
  if (language) parts.push(el("span", {}, "language ", el("bdi", {}, language)));
  for (const [name, value] of Object.entries(document.attributes ?? {})) {
    parts.push(el("span", {}, el("bdi", {}, name), ": ", el("bdi", {}, value)));
  }
  for (const other of document.others) {
    const label = `${LABELS[other.sentiment].toLowerCase()} (${score(other.compound)})`;
    const result = other.unscored ? TEXTS.unscored.toLowerCase() : label;
    parts.push(el("span", {}, el("bdi", {}, other.engine), `: ${result}`));
  }
  const url = webAddress(document.url);
  if (url) parts.push(el("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, "original"));
  return parts;
}

/** The URL if its scheme is http or https; null for any other, such as a script. */
export function webAddress(url) {
  if (!url) return null;
  try {
    const parsed = new URL(url);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** Why no document is shown; empty if some are. */
export function emptyMessage(loaded, shown, { term, isFiltered, hasMore }) {
  if (shown.length) return "";
  if (loaded.length) {
    const values = { loaded: plural(loaded.length, "loaded document"), term };
    const advice = hasMore ? TEXTS.load_older_or_clear : TEXTS.clear_search;
    return `${fillIn(TEXTS.no_search_match, values)} ${advice}`;
  }
  if (hasMore) return TEXTS.only_older_match;
  return isFiltered ? TEXTS.no_match : TEXTS.no_documents;
}
