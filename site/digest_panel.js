// The part of the panel of themes that shows a digest, which is written on request only.

import { citing } from "./documents.js";
import { byId, el, say } from "./dom.js";
import { ServiceError } from "./errors.js";
import { isFiltered } from "./filters.js";
import { moment, plural } from "./formatting.js";
import { DIGEST_REASONS, TEXTS, fillIn } from "./messages.js";
import { Poll } from "./poll.js";
import { noDocuments } from "./themes.js";

const STAND_IN = "echostream-"; // what the names of the sandbox's stand-ins begin with
const BEDROCK = "bedrock_"; // what a reason begins with that ends with Bedrock's error code

export class DigestPanel {
  #request;
  #line = ""; // what the panel says about the last digest
  #isBusy = false;

  /** `request(query, signal)` fetches a digest; `failed(error)` is called if there is none. */
  constructor(request, failed) {
    const shown = (response, query) => this.#show(response, isFiltered(query));
    this.#request = new Poll(request, 0, { shown, failed });
  }

  /** Have a digest written, if none is on its way. The last one stays until then. */
  async write(query) {
    if (this.#isBusy) return;
    say(byId("digest-problem"), "");
    this.showBusy(true);
    await this.#request.load(query);
  }

  /** Remove the digest, if there is one for a reason, and wait for none. */
  remove(reason = "") {
    this.#request.cancel();
    byId("digest-list").replaceChildren();
    this.#line &&= reason;
    this.showProblem({ message: "" });
  }

  /** Show that a digest is on its way, or no longer. The button keeps the focus. */
  showBusy(isBusy) {
    this.#isBusy = isBusy;
    byId("write-digest").setAttribute("aria-disabled", String(isBusy));
    say(byId("digest-status"), isBusy ? TEXTS.digest_writing : this.#line);
  }

  /** Say why there is no new digest. */
  showProblem({ message }) {
    say(byId("digest-problem"), message);
    this.showBusy(false);
  }

  #show(response, isFiltered) {
    if (!isReadable(response)) throw new ServiceError("unreadable");
    const empty = noDocuments(response, isFiltered);
    byId("digest-list").replaceChildren(...(empty ? [] : items(response)));
    this.#line = `${empty || authorText(response)} As of ${moment(new Date(response.written_at))}.`;
    this.showBusy(false);
  }
}

/** Whether a response has the parts that the panel shows, and each document that it cites. */
function isReadable({ period, sentences, documents }) {
  if (!period || ![sentences, documents].every(Array.isArray)) return false;
  const ids = documents.map(({ id }) => id);
  return sentences.every(({ citations }) => citations?.every((id) => ids.includes(id)));
}

/** The sentences, which open the documents that they cite. */
function items({ sentences, documents }) {
  return sentences.map(({ text, citations }) => {
    const cited = documents.filter(({ id }) => citations.includes(id));
    const number = el("span", { class: "quiet" }, ` ${plural(cited.length, "document")}`);
    return el("li", {}, citing(cited, el("bdi", {}, text), cited.length ? number : null));
  });
}

/** Who wrote a digest, and if rules did, why. */
export function authorText({ model, reason }) {
  if (!model) return `Written by rules. ${reasonText(reason ?? "")}`.trim();
  return `Written by ${model}. ${model.startsWith(STAND_IN) ? TEXTS.digest_stand_in : ""}`.trim();
}

/** A reason in a sentence; an unknown one unchanged. */
function reasonText(reason) {
  const error = reason.startsWith(BEDROCK) ? reason.slice(BEDROCK.length) : "";
  return DIGEST_REASONS[reason] ?? (error ? fillIn(TEXTS.bedrock_refused, { error }) : reason);
}
