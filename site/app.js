// The page: what it shows, when it asks, and what it says when it cannot.

import { clockDifference, get, now, readClock } from "./api.js";
import { Documents, emptiness, matches, showList } from "./documents.js";
import { byId, el, say, update } from "./dom.js";
import { chosen, clearFilters, filters, listenToFilters } from "./filters.js";
import { announce, hideNotice, notice, tell } from "./notice.js";
import { listen, showChart, showCounts, showEngines } from "./panels.js";
import { ServiceError, fetchJson } from "./errors.js";
import { Session } from "./session.js";
import { count, duration, plural, timeOfDay } from "./formatting.js";

const EVERY = 5000;
const STALE_AFTER = 20;
const LONGEST_WAIT = 60;
const PAGE = 50;
const CLOCK_OFF = 120;
const TOOK_TOO_LONG = "That took too long. Sign in again with the password that you were given.";

const documents = new Documents();
let config = null;
let session = null;
let subject = null;
let answerNewPassword = null;
let seen = null; // when the last good answer came, by performance.now(), with the server's time
let current = false; // whether what is listed is of the filters that are chosen
let failures = 0;
let wait = 0; // seconds that the service asked for
let paused = false;
let timer = 0;
let asking = null;

const signedIn = () => document.body.dataset.state === "open";

// Starting

async function start() {
  clearTimeout(timer);
  try {
    const { response, data } = await fetchJson("/config.json", {});
    if (!response.ok || !data?.userPoolClientId) throw new ServiceError("unreadable");
    readClock(response);
    config = data;
  } catch (problem) {
    byId("starting").hidden = true;
    const why = `EchoStream cannot start: its settings were not found. ${problem.message}`;
    notice(`${why} This page keeps trying.`, start);
    timer = setTimeout(start, EVERY);
    return;
  }
  if (session) return; // two attempts at once, and the other was first
  hideNotice();
  session = new Session(config, now);
  byId("starting").hidden = true;
  showSignIn("Documents are shown to signed-in users only.");
  byId("username").focus();
}

// Signing in

function showSignIn(why, title = "Sign in") {
  say(byId("sign-in-title"), title);
  say(byId("sign-in-reason"), why);
  byId("sign-in-panel").hidden = false;
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("sign-in-button");
  if (button.getAttribute("aria-disabled") === "true") return;
  const before = button.textContent;
  button.setAttribute("aria-disabled", "true");
  say(button, "Signing in…");
  say(byId("sign-in-problem"), "");
  try {
    await signIn();
  } catch (problem) {
    const late = answerNewPassword && problem.kind === "wrong";
    if (late) askNewPassword(null);
    const words = problem.kind ? problem.message : "Signing in did not work.";
    say(byId("sign-in-problem"), late ? TOOK_TOO_LONG : words);
    (answerNewPassword ? byId("new-password") : byId("password")).focus();
  } finally {
    button.removeAttribute("aria-disabled");
    if (button.textContent === "Signing in…") say(button, before);
  }
});

async function signIn() {
  const old = answerNewPassword;
  const next = old
    ? await old(byId("new-password").value)
    : await session.signIn(byId("username").value.trim(), byId("password").value);
  askNewPassword(next);
  if (next) {
    byId("new-password").focus();
    return;
  }
  enter();
}

function askNewPassword(answer) {
  answerNewPassword = answer;
  byId("new-password-row").hidden = !answer;
  byId("new-password").required = Boolean(answer);
}

function enter() {
  if (subject !== session.subject) forget();
  subject = session.subject;
  const focused = byId("sign-in-panel").contains(document.activeElement);
  for (const id of ["password", "new-password"]) byId(id).value = "";
  byId("sign-in-panel").hidden = true;
  hideNotice();
  document.body.dataset.state = "open";
  showChart();
  if (focused) byId("main").focus({ preventScroll: true });
  load();
}

/** Remove everything that belongs to one user. */
function forget() {
  documents.replace({ documents: [], cursor: null }, {});
  seen = null;
  current = false;
  failures = 0;
  clearFilters();
  byId("search").value = "";
  update(byId("source"), "", () => [el("option", { value: "" }, "All sources")]);
  showCounts(null);
  showDocuments();
  say(byId("as-of"), "");
  say(byId("announcement"), "");
}

byId("sign-out").addEventListener("click", async () => {
  stopAsking();
  const gone = session.signOut();
  subject = null;
  forget();
  document.body.dataset.state = "closed";
  hideNotice();
  showSignIn("You are signed out.");
  byId("username").focus();
  await gone;
});

function ended() {
  stopAsking();
  if (document.body.dataset.state === "ended") return;
  document.body.dataset.state = "ended";
  showSignIn("Sign in again to go on. What was loaded stays as it is.", "Your session has ended");
  notice("Your session has ended.", () => byId("username").focus(), "Sign in again");
  byId("content").removeAttribute("aria-busy");
  showAge();
}

// Asking

function stopAsking() {
  clearTimeout(timer);
  asking?.abort();
  asking = null;
}

/** Ask at once; until the answer is there, what is shown is marked as busy. */
function load() {
  stopAsking();
  const wanted = chosen();
  if (!wanted) {
    byId("content").removeAttribute("aria-busy");
    showAge();
    return;
  }
  byId("content").setAttribute("aria-busy", "true");
  say(byId("as-of"), "Loading…");
  fetchAll(wanted);
}

/** Ask again with the same filters, where somebody looks. */
function again() {
  clearTimeout(timer);
  if (!signedIn() || document.hidden || paused || asking) return;
  const wanted = chosen();
  if (wanted) fetchAll(wanted);
}

async function fetchAll(wanted) {
  const mine = new AbortController();
  asking = mine;
  const { signal } = mine;
  const { source, sentiment, bucket } = wanted;
  const range = { from: wanted.from.toISOString(), to: wanted.to?.toISOString(), source };
  const asked = { ...range, sentiment, limit: PAGE };
  const of = (path, parameters) => get(session, config.apiUrl, path, parameters, signal);
  try {
    const [stats, page] = await Promise.all([of("/stats", { ...range, bucket }), of("/query", asked)]);
    if (signal.aborted) return;
    if (![stats.buckets, stats.sources, page.documents].every(Array.isArray)) {
      throw new ServiceError("unreadable");
    }
    if (!current) documents.replace(page, asked);
    else if (documents.refresh(page, asked)) announce(documents.waiting.length);
    arrived(wanted, stats);
  } catch (problem) {
    if (signal.aborted) return;
    mine.abort();
    failed(problem);
  } finally {
    if (asking === mine) {
      asking = null;
      if (signedIn()) timer = setTimeout(again, pauseUntilNext());
    }
  }
}

/** Milliseconds until the next question: longer with every failure, or as long as it was told. */
function pauseUntilNext() {
  if (!failures) return EVERY;
  return Math.max(EVERY, 1000 * Math.min(LONGEST_WAIT, Math.max(wait, 2 ** failures)));
}

function arrived(wanted, stats) {
  failures = 0;
  current = true;
  seen = { at: performance.now(), time: now() };
  if (!reading()) documents.admit();
  byId("content").removeAttribute("aria-busy");
  showSourceNames(stats.sources, wanted.source);
  showCounts(stats, wanted, now());
  showDocuments();
  showAge();
  noticeClock();
}

function failed(problem) {
  byId("content").removeAttribute("aria-busy");
  if (!(problem instanceof ServiceError)) {
    notice("This page has made a mistake. Reload it to go on.");
    throw problem;
  }
  if (problem.kind === "ended") {
    ended();
    return;
  }
  failures += 1;
  wait = problem.wait ?? 0;
  const of = current ? "" : " of the filters before,";
  const kept = seen ? ` What you see is${of} as of ${timeOfDay(seen.time)}.` : "";
  const next = problem.isPermanent ? "" : " This page keeps trying.";
  notice(`${problem.message}${kept}${next}`, load);
  showDocuments();
  showAge();
}

/** Whether somebody reads the list, so that nothing may move under their eyes. */
function reading() {
  const list = byId("list");
  const above = list.getBoundingClientRect().top < 0;
  return above || list.contains(document.activeElement) || !document.getSelection().isCollapsed;
}

function showSourceNames(sources, kept) {
  const names = sources.map((s) => s.source).sort();
  if (kept && !names.includes(kept)) names.push(kept);
  update(byId("source"), JSON.stringify(names), () => [
    el("option", { value: "" }, "All sources"),
    ...names.map((name) => el("option", { value: name }, name)),
  ]);
  if (byId("source").value !== kept) byId("source").value = kept;
}

// Documents

function showDocuments() {
  const search = byId("search").value;
  const shown = documents.list.filter((d) => matches(d, search));
  showList(shown);
  showEngines(documents.list);
  const loaded = plural(documents.list.length, "loaded document");
  const words = search.trim() ? `${count(shown.length)} of ${loaded}` : loaded;
  say(byId("showing"), seen ? words : "");
  const more = documents.older !== null;
  const { source, sentiment } = filters();
  const filtered = Boolean(source || sentiment);
  const why = seen ? emptiness(documents.list, shown, { search, filtered, more }) : "";
  say(byId("empty"), why);
  byId("empty").hidden = !why;
  byId("older").hidden = !more;
  const waiting = documents.waiting.length;
  byId("show-new").hidden = !waiting;
  if (waiting) say(byId("show-new"), `Show ${plural(waiting, "new document")}`);
}

byId("search").addEventListener("input", showDocuments);
byId("show-new").addEventListener("click", () => {
  documents.admit();
  showDocuments();
  byId("documents-title").scrollIntoView({ block: "start" });
  byId("search").focus({ preventScroll: true });
});

byId("older").addEventListener("click", async () => {
  const button = byId("older");
  if (button.getAttribute("aria-disabled") === "true") return;
  const { older } = documents;
  button.setAttribute("aria-disabled", "true");
  say(byId("older-problem"), "");
  try {
    const page = await get(session, config.apiUrl, "/query", older);
    if (documents.older !== older) return; // the filters changed meanwhile
    const before = documents.list.length;
    documents.extend(page);
    showDocuments();
    tell(`${plural(documents.list.length - before, "older document")} loaded`);
  } catch (problem) {
    if (!(problem instanceof ServiceError)) throw problem;
    if (problem.kind === "ended") ended();
    else say(byId("older-problem"), `Older documents were not loaded. ${problem.message}`);
  } finally {
    button.removeAttribute("aria-disabled");
  }
});

// What the page says of itself

/** How old what is shown is: the time, and from a while on the age too. */
function showAge() {
  if (!seen) return;
  const age = (performance.now() - seen.at) / 1000;
  const stale = age > STALE_AFTER || document.body.dataset.state === "ended";
  byId("as-of").classList.toggle("stale", stale && !paused);
  const old = age > STALE_AFTER ? `, ${duration(age)} ago` : "";
  say(byId("as-of"), `${paused ? "Paused. " : ""}As of ${timeOfDay(seen.time)}${old}`);
}

/** Say where this computer's clock is wrong; otherwise nothing is amiss. */
function noticeClock() {
  const off = clockDifference();
  if (Math.abs(off) < CLOCK_OFF) {
    hideNotice();
    return;
  }
  const way = `${duration(Math.abs(off))} ${off > 0 ? "behind" : "ahead"}`;
  notice(`This computer's clock is ${way}. Times on this page follow the server's clock.`);
}

byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  showAge();
  if (!paused) again();
});

document.addEventListener("visibilitychange", again);
window.addEventListener("online", again);
setInterval(showAge, 1000);
listen();
listenToFilters(() => {
  current = false;
  if (signedIn()) load();
});
start();
