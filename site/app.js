// The page: sign-in, polling the API, and messages about its own state.

import { alertsState, isAlertRead, showAlerts } from "./alert_panel.js";
import { DAYS, LISTED, isReadable as areAlertsReadable } from "./alerts.js";
import { clockDifference, get, now, readClock } from "./api.js";
import { answerChallenge, focusChallenge, isChallenged, showChallenge } from "./challenges.js";
import { countedText } from "./counted.js";
import { DigestPanel } from "./digest_panel.js";
import { Documents, emptyMessage, matches, showList } from "./documents.js";
import { byId, el, say, update } from "./dom.js";
import { ServiceError, fetchJson } from "./errors.js";
import {
  choosePeriod,
  clearFilters,
  filters,
  isFiltered,
  listenToFilters,
  offerAttributes,
  readFilters,
  showOptions,
} from "./filters.js";
import { count, duration, plural, timeOfDay } from "./formatting.js";
import { leaveForSignIn, leaveForSignOut, takeSignIn } from "./hosted.js";
import { GLOSSARY, SECONDS, TEXTS } from "./messages.js";
import { announce, hideNotice, notice, speak } from "./notice.js";
import { listen, showChart, showCounts, showEngines, showLabels } from "./panels.js";
import { Poll } from "./poll.js";
import { Session } from "./session.js";
import { MAX_THEMES, isThemeRead, showThemes, themesState } from "./theme_panel.js";
import { isReadable } from "./themes.js";

const REFRESH = 1000 * SECONDS.refresh;
const PAGE_SIZE = 50;

const documents = new Documents();
let config = null;
let session = null;
let subject = null;
let lastResponse = null; // the time of the last good response: performance.now(), server's time
let isCurrent = false; // whether the listed documents belong to the chosen filters
let failures = 0;
let wait = 0; // seconds from the Retry-After header
let isPaused = false;
let timer = 0;
let pending = null; // the AbortController of the requests on their way, except for the polls
const themes = new Poll(fetchThemes, SECONDS.themes_refresh, {
  shown: showNewThemes,
  failed: showThemesError,
});
const alerts = new Poll(fetchAlerts, SECONDS.alerts_refresh, {
  shown: (response) => showAlerts(response, now(), chooseAlert),
  failed: (error) => showPanelError(alertsState, error),
});
const digest = new DigestPanel(fetchDigest, (error) => showPanelError(digest, error));

const isSignedIn = () => document.body.dataset.state === "open";

// Start

/** Write the texts that both frontends share into the page. */
function showTexts() {
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = TEXTS[element.dataset.text];
  }
  byId("glossary").append(
    ...Object.entries(GLOSSARY).flatMap(([term, meaning]) => [el("dt", {}, term), el("dd", {}, meaning)]),
  );
  showOptions();
  showLabels();
}

async function start() {
  clearTimeout(timer);
  try {
    const { response, data } = await fetchJson("/config.json", {});
    if (!response.ok || !data?.userPoolClientId) throw new ServiceError("unreadable");
    readClock(response);
    config = data;
  } catch (error) {
    byId("starting").hidden = true;
    const reason = `This page cannot load its configuration. ${error.message}`;
    notice(`${reason} ${TEXTS.keeps_trying}`, start);
    timer = setTimeout(start, REFRESH);
    return;
  }
  if (session) return; // a parallel attempt has finished first
  hideNotice();
  session = new Session(config, now);
  showHosted();
  const isReturned = await returnFromSignIn();
  byId("starting").hidden = true;
  if (isReturned) return;
  showSignIn(TEXTS.sign_in_required);
  byId("username").focus();
}

// Sign-in

function showSignIn(reason, title = "Sign in") {
  say(byId("sign-in-title"), title);
  say(byId("sign-in-reason"), reason);
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
  } catch (error) {
    const isExpired = isChallenged() && error.kind === "wrong";
    if (isExpired) showChallenge(null);
    const message = error.kind ? error.message : "The sign-in failed. Try again.";
    say(byId("sign-in-problem"), isExpired ? TEXTS.sign_in_expired : message);
    if (isChallenged()) focusChallenge();
    else byId("password").focus();
  } finally {
    button.removeAttribute("aria-disabled");
    if (button.textContent === "Signing in…") say(button, before);
  }
});

async function signIn() {
  const challenge = isChallenged()
    ? await answerChallenge()
    : await session.signIn(byId("username").value.trim(), byId("password").value);
  showChallenge(challenge);
  if (challenge) focusChallenge();
  else showContent();
}

function showHosted() {
  byId("hosted-row").hidden = !config.hosted;
  const provider = config.hosted?.provider;
  say(byId("hosted-button"), provider ? `Sign in with ${provider}` : TEXTS.sign_in_hosted);
}

byId("hosted-button").addEventListener("click", () => leaveForSignIn(config));

/** Continue a sign-in on the pool's pages; false if the user has to sign in here. */
async function returnFromSignIn() {
  try {
    const result = await takeSignIn(config);
    if (!result) return false;
    session.adopt(result);
    showContent();
    return true;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    say(byId("sign-in-problem"), error.message);
    return false;
  }
}

function showContent() {
  if (subject !== session.subject) reset();
  subject = session.subject;
  const isFocused = byId("sign-in-panel").contains(document.activeElement);
  byId("password").value = "";
  byId("sign-in-panel").hidden = true;
  hideNotice();
  document.body.dataset.state = "open";
  showChart();
  if (isFocused) byId("main").focus({ preventScroll: true });
  loadAlerts();
  load();
}

/** Remove everything that belongs to one user. */
function reset() {
  documents.replace({ documents: [], cursor: null }, {});
  lastResponse = null;
  isCurrent = false;
  failures = 0;
  clearFilters();
  byId("search").value = "";
  update(byId("source"), "", () => [el("option", { value: "" }, "All sources")]);
  showCounts(null);
  showThemes(null);
  digest.remove();
  alerts.cancel();
  showAlerts(null);
  showDocuments();
  for (const id of ["as-of", "counted", "announcement"]) say(byId(id), "");
}

byId("sign-out").addEventListener("click", async () => {
  cancelRequests();
  const revoked = session.signOut();
  subject = null;
  reset();
  document.body.dataset.state = "closed";
  hideNotice();
  showSignIn(TEXTS.signed_out);
  byId("username").focus();
  const { isHosted } = session;
  await revoked;
  if (isHosted) leaveForSignOut(config);
});

function endSession(message) {
  cancelRequests();
  if (document.body.dataset.state === "ended") return;
  document.body.dataset.state = "ended";
  showSignIn(TEXTS.sign_in_again, TEXTS.session_ended);
  notice(message, () => byId("username").focus(), "Sign in again");
  byId("content").removeAttribute("aria-busy");
  showAge();
}

// Requests

function cancelRequests() {
  clearTimeout(timer);
  pending?.abort();
  pending = null;
  themes.cancel();
  themesState.showBusy(false);
}

/** Fetch now; the page marks its content as busy until the response arrives. */
function load() {
  cancelRequests();
  const query = readFilters();
  if (!query) {
    byId("content").removeAttribute("aria-busy");
    showAge();
    return;
  }
  byId("content").setAttribute("aria-busy", "true");
  say(byId("as-of"), "Loading…");
  fetchAll(query);
  loadThemes(query);
}

/** Fetch with the same filters, if the page is visible and not paused. */
function refresh() {
  clearTimeout(timer);
  if (!isSignedIn() || document.hidden || isPaused || pending) return;
  if (!isAlertRead()) alerts.refresh();
  const query = readFilters();
  if (!query) return;
  fetchAll(query);
  if (mayThemesChange()) themes.refresh(query);
}

/** The parameters that all paths with documents or counts have in common. */
function rangeOf({ from, to, source }) {
  return { from: from.toISOString(), to: to?.toISOString(), source };
}

/** The parameters of the paths with documents. */
function setOf(query) {
  const { sentiment, channel, attribute, rating } = query;
  return { ...rangeOf(query), sentiment, channel, attribute, rating };
}

async function fetchAll(query) {
  const controller = new AbortController();
  pending = controller;
  const { signal } = controller;
  const range = rangeOf(query);
  const listed = { ...setOf(query), limit: PAGE_SIZE };
  const getPath = (path, parameters) => get(session, config.apiUrl, path, parameters, signal);
  try {
    const [stats, page] = await Promise.all([
      getPath("/stats", { ...range, bucket: query.bucket }),
      getPath("/query", listed),
    ]);
    if (signal.aborted) return;
    if (![stats.buckets, stats.sources, page.documents].every(Array.isArray)) {
      throw new ServiceError("unreadable");
    }
    if (!isCurrent) documents.replace(page, listed);
    else if (documents.refresh(page, listed)) announce(documents.waiting.length);
    showResponse(query, stats);
  } catch (error) {
    if (signal.aborted) return;
    controller.abort();
    showError(error);
  } finally {
    if (pending === controller) {
      pending = null;
      if (isSignedIn()) timer = setTimeout(refresh, delay());
    }
  }
}

function loadThemes(query) {
  themesState.showBusy(true);
  themes.load(query);
}

function loadAlerts() {
  alertsState.showBusy(true);
  alerts.load();
}

async function fetchAlerts(_, signal) {
  const from = new Date(now() - DAYS * 86400e3).toISOString();
  const response = await get(session, config.apiUrl, "/alerts", { from, limit: LISTED }, signal);
  if (!areAlertsReadable(response)) throw new ServiceError("unreadable");
  return response;
}

/** Have the page show the documents of an alert. */
function chooseAlert({ from, to, subject: { source } }) {
  choosePeriod(from, to, source ?? "");
  byId("period").focus();
}

/** GET a path that reads thousands of documents of the filters. */
function fetchReport(path, query, signal, limit) {
  const asked = { ...setOf(query), limit };
  return get(session, config.apiUrl, path, asked, signal, SECONDS.themes_timeout);
}

function fetchDigest(query, signal) {
  return fetchReport("/digest", query, signal);
}

async function fetchThemes(query, signal) {
  const response = await fetchReport("/themes", query, signal, MAX_THEMES);
  if (!isReadable(response)) throw new ServiceError("unreadable");
  return response;
}

/** Whether the panel of themes may change: not while the user reads, unless the filters changed. */
function mayThemesChange() {
  return !themes.isCurrent || !(isReading() || isThemeRead());
}

function showNewThemes(response, query) {
  if (!mayThemesChange()) return; // the user began to read after the request
  showThemes(response, { isFiltered: isFiltered(query), time: now() });
}

/** Themes of the previous filters do not stay. */
function showThemesError(error) {
  if (!themes.isCurrent) showThemes(null);
  showPanelError(themesState, error);
}

/** Show the reason in a panel. */
function showPanelError(state, error) {
  if (error instanceof ServiceError && error.kind !== "ended") {
    state.showProblem(error);
    return;
  }
  state.showBusy(false);
  showError(error);
}

/** Milliseconds until the next request: longer after each failure, or by Retry-After. */
function delay() {
  if (!failures) return REFRESH;
  return Math.max(REFRESH, 1000 * Math.min(SECONDS.longest_retry, Math.max(wait, 2 ** failures)));
}

function showResponse(query, stats) {
  failures = 0;
  isCurrent = true;
  lastResponse = { at: performance.now(), time: now() };
  if (!isReading()) documents.showWaiting();
  byId("content").removeAttribute("aria-busy");
  showSourceNames(stats.sources, query.source);
  showCounts(stats, query, now());
  const listed = [...documents.waiting, ...documents.list];
  say(byId("counted"), countedText(stats, listed, query.source));
  showDocuments();
  showAge();
  showClockNotice();
}

function showError(error) {
  byId("content").removeAttribute("aria-busy");
  if (!(error instanceof ServiceError)) {
    notice("This page has an internal error. Reload it to continue.");
    throw error;
  }
  if (error.kind === "ended") {
    endSession(error.message);
    return;
  }
  failures += 1;
  wait = error.wait ?? 0;
  const parts = [error.message];
  if (lastResponse) {
    const whose = isCurrent ? "" : "of the previous filters, ";
    parts.push(`This page shows data ${whose}as of ${timeOfDay(lastResponse.time)}.`);
  }
  if (!error.isPermanent) parts.push(TEXTS.keeps_trying);
  notice(parts.join(" "), load);
  showDocuments();
  showAge();
}

/** Whether the user reads the list, so that it must not move. */
function isReading() {
  const list = byId("list");
  const isAbove = list.getBoundingClientRect().top < 0;
  return isAbove || list.contains(document.activeElement) || !document.getSelection().isCollapsed;
}

function showSourceNames(sources, chosen) {
  const names = sources.map((s) => s.source).sort();
  if (chosen && !names.includes(chosen)) names.push(chosen);
  update(byId("source"), JSON.stringify(names), () => [
    el("option", { value: "" }, "All sources"),
    ...names.map((name) => el("option", { value: name }, name)),
  ]);
  if (byId("source").value !== chosen) byId("source").value = chosen;
}

// Documents

function showDocuments() {
  const term = byId("search").value;
  const shown = documents.list.filter((d) => matches(d, term));
  showList(shown);
  showEngines(documents.list);
  offerAttributes(documents.list);
  const loaded = plural(documents.list.length, "loaded document");
  const counts = term.trim() ? `${count(shown.length)} of ${loaded}` : loaded;
  say(byId("showing"), lastResponse ? counts : "");
  const hasMore = documents.older !== null;
  const message = lastResponse
    ? emptyMessage(documents.list, shown, { term, isFiltered: isFiltered(filters()), hasMore })
    : "";
  say(byId("empty"), message);
  byId("empty").hidden = !message;
  byId("older").hidden = !hasMore;
  const waiting = documents.waiting.length;
  byId("show-new").hidden = !waiting;
  if (waiting) say(byId("show-new"), `Show ${plural(waiting, "new document")}`);
}

byId("search").addEventListener("input", showDocuments);
byId("show-new").addEventListener("click", () => {
  documents.showWaiting();
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
    if (documents.older !== older) return; // the filters have changed
    const before = documents.list.length;
    documents.extend(page);
    showDocuments();
    speak(`${plural(documents.list.length - before, "older document")} loaded`);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.kind === "ended") endSession(error.message);
    else say(byId("older-problem"), `${TEXTS.older_failed} ${error.message}`);
  } finally {
    button.removeAttribute("aria-disabled");
  }
});

// Age and clock

/** Show the time of the last response, and its age once it is stale. */
function showAge() {
  if (!lastResponse) return;
  const age = (performance.now() - lastResponse.at) / 1000;
  const isOld = age > SECONDS.stale_after;
  const isStale = isOld || document.body.dataset.state === "ended";
  byId("as-of").classList.toggle("stale", isStale && !isPaused);
  const ago = isOld ? `, ${duration(age)} ago` : "";
  say(byId("as-of"), `${isPaused ? "Paused. " : ""}As of ${timeOfDay(lastResponse.time)}${ago}`);
}

/** Show a notice if this computer's clock is wrong; hide the notice otherwise. */
function showClockNotice() {
  const difference = clockDifference();
  if (Math.abs(difference) < SECONDS.clock_tolerance) {
    hideNotice();
    return;
  }
  const offset = `${duration(Math.abs(difference))} ${difference > 0 ? "behind" : "ahead"}`;
  notice(`This computer's clock is ${offset}. Times on this page follow the server's clock.`);
}

byId("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  byId("pause").setAttribute("aria-pressed", String(isPaused));
  showAge();
  if (!isPaused) refresh();
});

document.addEventListener("visibilitychange", refresh);
window.addEventListener("online", refresh);
setInterval(showAge, 1000);
showTexts();
listen();
alertsState.listen(loadAlerts);
themesState.listen(() => {
  const query = readFilters();
  if (query) loadThemes(query);
});
byId("write-digest").addEventListener("click", () => {
  const query = readFilters();
  if (query) digest.write(query);
});
listenToFilters(() => {
  isCurrent = false;
  digest.remove(TEXTS.digest_of_other_filters);
  if (isSignedIn()) load();
});
start();
