// The newest documents: a list that grows at both ends without moving what is being read.

import { byId, el, say } from "./dom.js";
import { FALLBACKS, LABELS, moment, plural, score } from "./formatting.js";

const LONG = 400;

/**
 * What is loaded, newest first, each once; what came in while somebody reads waits apart.
 * `older` is how the next page is asked for (its cursor fits no other filters), null after the last.
 */
export class Documents {
  list = [];
  waiting = [];
  older = null;
  #gap = null;

  /** Begin anew with the first page of what `asked` asks for. */
  replace({ documents, cursor }, asked) {
    this.list = documents;
    this.waiting = [];
    this.older = cursor ? { ...asked, cursor } : null;
    this.#gap = null;
  }

  /** Take in the newest page again. How many of its documents were not known. */
  refresh({ documents, cursor }, asked) {
    const known = new Set([...this.list, ...this.waiting].map((d) => d.id));
    const fresh = documents.filter((d) => !known.has(d.id));
    if (fresh.length && fresh.length === documents.length && cursor) {
      this.#gap = { ...asked, cursor }; // between these and what is known there may be others
      this.waiting = [];
    }
    this.waiting = sorted([...fresh, ...this.waiting]);
    return fresh.length;
  }

  /** Put what waits into the list; where there may be a gap, in place of it. */
  admit() {
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

/** Whether a search term occurs in a document's text, author or source. */
export function matches(document, term) {
  const wanted = term.trim().toLowerCase();
  if (!wanted) return true;
  return [document.text, document.author, document.source].some((part) =>
    (part ?? "").toLowerCase().includes(wanted),
  );
}

const items = new Map();

/** Show documents in order, leaving alone the elements of those that are shown already. */
export function showList(documents) {
  const list = byId("list");
  const wanted = new Set(documents.map((d) => d.id));
  for (const [id, item] of items) {
    if (!wanted.has(id)) {
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
    item ??= show(document);
    items.set(document.id, item);
    list.insertBefore(item, next);
  }
}

function show(document) {
  const at = new Date(document.created_at);
  return el(
    "li",
    { class: "document" },
    el(
      "p",
      { class: "meta" },
      el("span", { class: `sentiment ${document.sentiment}` }, LABELS[document.sentiment]),
      el("span", { class: "score" }, `score ${score(document.compound)}`),
      el("bdi", { class: "source" }, document.source),
      document.author ? el("bdi", { class: "author" }, document.author) : null,
      el("time", { datetime: at.toISOString() }, moment(at)),
    ),
    ...body(document),
    el("p", { class: "meta small" }, ...provenance(document)),
  );
}

/** The text: folded where it is long, with a button that unfolds it. */
function body({ text, id }) {
  const long = text.length > LONG || text.split("\n").length > 6;
  const paragraph = el("p", { class: long ? "text folded" : "text", dir: "auto" }, text);
  if (!long) return [paragraph];
  paragraph.id = `text-${id}`;
  const button = el("button", { type: "button", class: "link", "aria-expanded": "false" });
  button.setAttribute("aria-controls", paragraph.id);
  say(button, "Show the whole text");
  button.addEventListener("click", () => {
    const folded = paragraph.classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!folded));
    say(button, folded ? "Show the whole text" : "Show less");
  });
  return [paragraph, button];
}

function provenance(document) {
  const { engine, engine_version: version, language, truncated, fallback } = document;
  const parts = [el("span", {}, "scored by ", el("bdi", {}, `${engine} ${version}`))];
  if (fallback) parts.push(el("span", {}, `because ${FALLBACKS[fallback] ?? fallback}`));
  if (truncated) parts.push(el("span", {}, "only the beginning was scored"));
  if (language) parts.push(el("span", {}, "language ", el("bdi", {}, language)));
  for (const other of document.others) {
    const word = `${LABELS[other.sentiment].toLowerCase()} (${score(other.compound)})`;
    parts.push(el("span", {}, el("bdi", {}, other.engine), `: ${word}`));
  }
  const url = webAddress(document.url);
  if (url) parts.push(el("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, "original"));
  return parts;
}

/** An address of the web; null for anything else, such as a script. */
export function webAddress(url) {
  if (!url) return null;
  try {
    const parsed = new URL(url);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** What to say where the list is shorter than what is loaded, or empty. */
export function emptiness(loaded, shown, { search, filtered, more }) {
  if (shown.length) return "";
  if (loaded.length) {
    const rest = more ? " Load older ones, or clear the search." : " Clear the search to see them.";
    return `None of the ${plural(loaded.length, "loaded document")} contains “${search}”.${rest}`;
  }
  if (more) return "None among the newest. There may be older ones: load them.";
  return filtered
    ? "No document matches these filters. Choose a longer period, or clear the filters."
    : "There are no documents in this period. Choose a longer one, or send some to the API: they" +
        " appear here within seconds.";
}
