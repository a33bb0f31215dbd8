// The filters that the user chooses, the period that they make, and the buckets that cover it.

import { now } from "./api.js";
import { byId, el, say, update } from "./dom.js";
import {
  DEFAULT_PERIOD,
  LABELS,
  PERIODS,
  PERIOD_ERRORS,
  RATINGS,
  SECONDS,
  SENTIMENTS,
  TEXTS,
} from "./messages.js";

const SETS = ["source", "sentiment", "channel", "attribute", "rating"]; // parameters of the API
const FILTERS = ["period", "from", "to", ...SETS];
const MAX_ATTRIBUTES = 100; // that are offered
const HOUR = 3600e3;
const DAY = 24 * HOUR;

/** Fill the lists of periods, sentiments and ratings. */
export function showOptions() {
  byId("period").append(...PERIODS.map(({ name, label }) => el("option", { value: name }, label)));
  byId("sentiment").append(
    ...SENTIMENTS.map((name) => el("option", { value: name }, LABELS[name])),
  );
  const ratings = [{ name: "", label: TEXTS.all_ratings }, ...RATINGS];
  byId("rating").append(...ratings.map(({ name, label }) => el("option", { value: name }, label)));
  clearFilters();
}

/** Offer the attributes of documents, as the API takes them. */
export function offerAttributes(documents) {
  const names = new Set();
  for (const { attributes } of documents) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (names.size < MAX_ATTRIBUTES) names.add(`${name.replace(/[\\:]/g, "\\$&")}:${value}`);
    }
  }
  const sorted = [...names].sort();
  update(byId("attributes"), JSON.stringify(sorted), () => sorted.map((value) => el("option", { value })));
}

export function filters() {
  const chosen = Object.fromEntries(FILTERS.map((name) => [name, byId(name).value]));
  return { ...chosen, channel: chosen.channel.trim() };
}

/** Whether not all documents of a period are chosen. */
export const isFiltered = (chosen) => SETS.some((name) => chosen[name]);

export function clearFilters() {
  byId("period").value = DEFAULT_PERIOD;
  for (const name of FILTERS.slice(1)) byId(name).value = "";
  showFilters();
}

/**
 * Choose the period between two times of the API, and a source or "" for all, as the user could.
 * All other filters are cleared.
 */
export function choosePeriod(from, to, source) {
  clearFilters();
  byId("period").value = "custom";
  byId("from").value = from.slice(0, 16); // to the minute, as the input has it
  byId("to").value = to.slice(0, 16);
  const list = byId("source");
  list.value = source;
  if (list.value !== source) list.append(el("option", { value: source, selected: true }, source));
  byId("period").dispatchEvent(new Event("change"));
}

function showFilters() {
  const chosen = filters();
  for (const row of document.querySelectorAll(".custom")) row.hidden = chosen.period !== "custom";
  byId("clear").hidden = !(isFiltered(chosen) || chosen.period !== DEFAULT_PERIOD);
}

/** Call `changed` after every change of a filter. */
export function listenToFilters(changed) {
  const change = () => {
    showFilters();
    changed();
  };
  for (const name of FILTERS) byId(name).addEventListener("change", change);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    clearFilters();
    byId("period").focus();
    changed();
  });
}

/** The filters as the API takes them; null, with the error on the page, for an invalid period. */
export function readFilters() {
  let message = "";
  let period = null;
  try {
    period = resolve(filters(), now());
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    message = error.message;
  }
  say(byId("period-problem"), message);
  for (const name of ["from", "to"]) byId(name).setAttribute("aria-invalid", String(!period));
  if (!period) return null;
  const chosen = filters();
  return { ...period, ...Object.fromEntries(SETS.map((name) => [name, chosen[name]])) };
}

/**
 * The start, end and bucket size of a period. `to` is null for "until now". Throws a RangeError
 * with a message for the user if the period is invalid.
 */
export function resolve({ period, from, to }, now) {
  const { seconds } = PERIODS.find(({ name }) => name === period);
  if (seconds) return withBucket(new Date(now - 1000 * seconds), null, now);
  if (!from) throw new RangeError(PERIOD_ERRORS.start_missing);
  const begin = new Date(`${from}Z`);
  const end = to ? new Date(`${to}Z`) : null;
  if (Number.isNaN(+begin) || (end && Number.isNaN(+end)))
    throw new RangeError(PERIOD_ERRORS.not_a_time);
  if (end && end <= begin) throw new RangeError(PERIOD_ERRORS.end_before_start);
  if (begin >= now) throw new RangeError(PERIOD_ERRORS.start_in_future);
  return withBucket(begin, end, now);
}

function withBucket(from, to, now) {
  const isShort = (to ?? now) - from <= 1000 * SECONDS.hourly_up_to;
  return { from, to, bucket: isShort ? "hour" : "day" };
}

/** The buckets of a period without gaps: the API's buckets, and zeros in between. */
export function fill(buckets, { from, to, bucket }, now) {
  const step = bucket === "hour" ? HOUR : DAY;
  const byStart = new Map(buckets.map((b) => [Date.parse(b.start), b]));
  const first = Math.floor(from / step) * step;
  const begin = buckets.length ? Math.min(first, Date.parse(buckets[0].start)) : first;
  const filled = [];
  for (let start = begin; start < Math.min(to ?? now, now); start += step) {
    filled.push(toBucket(start, byStart.get(start)));
  }
  return filled;
}

function toBucket(start, counts) {
  const bucket = { start: new Date(start), total: counts?.total ?? 0 };
  for (const name of SENTIMENTS) bucket[name] = counts?.[name.toLowerCase()] ?? 0;
  return { ...bucket, mean: counts?.mean_compound ?? null };
}

/** The sum of buckets, with the mean score of all their documents that have a score. */
export function total(buckets) {
  const names = ["total", ...SENTIMENTS];
  const sum = Object.fromEntries(names.map((name) => [name, 0]));
  let scores = 0;
  for (const bucket of buckets) {
    for (const name of names) sum[name] += bucket[name];
    scores += (bucket.mean ?? 0) * scoredOf(bucket);
  }
  return { ...sum, mean: scoredOf(sum) ? scores / scoredOf(sum) : null };
}

/** The number of documents that have a score, of a bucket or a sum. */
export const scoredOf = (counts) => counts.total - counts.UNSCORED;
