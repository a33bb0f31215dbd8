// The parts of the page that show counts: numbers, chart, sources, engines.

import { bucketAt, draw, height } from "./chart.js";
import { byId, el, say, svg, update } from "./dom.js";
import { fill, scoredOf, total } from "./filters.js";
import { bucketName, count, percent, plural, score } from "./formatting.js";
import { COLOURS, FALLBACKS, LABELS, SENTIMENTS, TEXTS, fillIn } from "./messages.js";

let shown = null;
let marked = -1;

/** Write the sentiments' names and colours into the legend, the table and the style sheet. */
export function showLabels() {
  for (const name of SENTIMENTS) {
    document.documentElement.style.setProperty(`--${name}`, COLOURS[name]);
    byId("unit").before(el("span", { class: `key ${name}` }, LABELS[name]), " ");
    byId("bucket-columns").lastElementChild.before(el("th", { scope: "col" }, LABELS[name]));
  }
}

/** Show a response of /stats for some filters; null clears the panels. */
export function showCounts(stats, filters, at) {
  if (!stats) {
    shown = null;
    for (const id of ["chart", "buckets", "sources"]) update(byId(id), "", () => []);
    for (const id of ["other-sources-note", "unscored-note"]) byId(id).hidden = true;
    for (const id of ["total", "positive", "negative", "mean"]) say(byId(id), "–");
    return;
  }
  const buckets = fill(stats.buckets, filters, at);
  shown = { buckets, filters };
  showNumbers(total(buckets), filters.sentiment);
  showChart();
  showSources(stats, filters);
}

function showNumbers(sum, sentiment) {
  say(byId("total"), count(sentiment ? sum[sentiment] : sum.total));
  say(byId("positive"), percent(sum.POSITIVE, scoredOf(sum)));
  say(byId("negative"), percent(sum.NEGATIVE, scoredOf(sum)));
  say(byId("mean"), score(sum.mean));
  say(byId("unscored-note"), unscoredText(sum));
  byId("unscored-note").hidden = !sum.UNSCORED;
  byId("shares-note").hidden = !sentiment;
}

function unscoredText({ UNSCORED: number, total: all }) {
  const values = { documents: plural(number, "document"), share: percent(number, all) };
  return fillIn(TEXTS.unscored_share, values);
}

/** Draw the chart at the width of its container. */
export function showChart() {
  if (!shown) return;
  const { buckets, filters } = shown;
  const chart = byId("chart");
  const width = Math.max(280, Math.floor(chart.parentElement.clientWidth));
  const sentiment = filters.sentiment || null;
  const options = { width, bucket: filters.bucket, sentiment, marked };
  update(chart, JSON.stringify([buckets, options]), () => draw(buckets, options));
  chart.setAttribute("viewBox", `0 0 ${width} ${height(sentiment)}`);
  chart.setAttribute("height", height(sentiment));
  chart.setAttribute("aria-label", summary(buckets, filters));
  byId("mean-note").hidden = !filters.sentiment;
  say(byId("unit"), `documents per ${filters.bucket}, UTC`);
  say(byId("reading"), marked >= 0 && buckets[marked] ? describe(buckets[marked], filters) : "");
  showTable(buckets, filters);
  if (!performance.getEntriesByName("first-chart").length) performance.mark("first-chart");
}

function summary(buckets, { bucket, sentiment }) {
  const sum = total(buckets);
  const unit = bucket === "hour" ? "Documents per hour" : "Documents per day";
  const parts = (sentiment ? [sentiment] : SENTIMENTS).map(
    (name) => `${LABELS[name].toLowerCase()} ${count(sum[name])}`,
  );
  const mean = sentiment ? "" : `; mean score ${score(sum.mean)}`;
  return `${unit}: ${parts.join(", ")}${mean}. The same data follows as a table.`;
}

function describe(bucket, { bucket: unit, sentiment }) {
  const names = sentiment ? [sentiment] : SENTIMENTS;
  const parts = names.map((name) => `${LABELS[name].toLowerCase()} ${count(bucket[name])}`);
  const mean = sentiment ? "" : `, mean score ${score(bucket.mean)}`;
  const zone = unit === "hour" ? " UTC" : "";
  return `${bucketName(bucket.start, unit)}${zone}: ${parts.join(", ")}${mean}`;
}

function showTable(buckets, { bucket }) {
  if (!byId("as-table").open) return;
  const filled = buckets.filter((b) => b.total).reverse();
  update(byId("buckets"), JSON.stringify(filled), () =>
    filled.map((b) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, bucketName(b.start, bucket)),
        ...[b.total, ...SENTIMENTS.map((name) => b[name])].map((n) => el("td", {}, count(n))),
        el("td", {}, score(b.mean)),
      ),
    ),
  );
}

/** Describe the bucket under the pointer, follow the chart's width, fill the table when it opens. */
export function listen() {
  const chart = byId("chart");
  chart.addEventListener("pointermove", (event) => {
    if (!shown) return;
    const box = chart.getBoundingClientRect();
    point(bucketAt(event.clientX - box.left, box.width, shown.buckets.length));
  });
  chart.addEventListener("pointerleave", () => point(-1));
  byId("as-table").addEventListener("toggle", showChart);
  new ResizeObserver(showChart).observe(chart.parentElement);
}

function point(index) {
  if (index === marked) return;
  marked = index;
  showChart();
}

function showSources({ sources, other_sources: others }, { source }) {
  byId("sources-note").hidden = sources.length > 0 || Boolean(others);
  byId("other-sources-note").hidden = !others;
  update(byId("sources"), JSON.stringify([sources, others, source]), () => [
    ...sources.map((s) => sourceRow(s, el("bdi", { class: "clipped" }, s.source), s.source === source)),
    ...(others ? [sourceRow(others, el("em", {}, TEXTS.other_sources), false)] : []),
  ]);
}

function sourceRow(counts, name, isChosen) {
  return el(
    "tr",
    { class: isChosen ? "chosen" : null },
    el("th", { scope: "row" }, name),
    el("td", {}, count(counts.total)),
    el("td", { class: "wide" }, stack(counts)),
    el("td", {}, score(counts.mean_compound)),
  );
}

/** The shares of the sentiments, and of documents without a score, as one bar, with a text alternative. */
function stack(source) {
  const counts = SENTIMENTS.map((name) => [name, source[name.toLowerCase()]]);
  const shares = counts.map(
    ([name, n]) => `${LABELS[name].toLowerCase()} ${percent(n, source.total)}`,
  );
  const text = shares.join(", ");
  let left = 0;
  const parts = counts.map(([name, n]) => {
    const width = (100 * n) / (source.total || 1);
    left += width;
    return svg("rect", { class: name, x: left - width, y: 0, width, height: 10 });
  });
  const label = { role: "img", "aria-label": text };
  const box = { class: "stack", viewBox: "0 0 100 10", preserveAspectRatio: "none" };
  return svg("svg", { ...label, ...box }, svg("title", {}, text), ...parts);
}

/** Count the loaded documents by the engine that scored them. */
export function showEngines(documents) {
  const rows = new Map();
  for (const d of documents) {
    const key = JSON.stringify([d.engine, d.engine_version]);
    const row = rows.get(key) ?? { engine: d.engine, version: d.engine_version, number: 0, reasons: {} };
    row.number += 1;
    if (d.fallback) row.reasons[d.fallback] = (row.reasons[d.fallback] ?? 0) + 1;
    rows.set(key, row);
  }
  const sorted = [...rows.values()].sort((a, b) => b.number - a.number);
  const number = plural(documents.length, "loaded document");
  const isAny = documents.length > 0;
  say(byId("engines-note"), isAny ? `The engines of the ${number}.` : "No documents are loaded.");
  update(byId("engines"), JSON.stringify(sorted), () =>
    sorted.map((row) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, el("bdi", {}, row.engine)),
        el("td", { class: "text" }, el("bdi", {}, row.version)),
        el("td", {}, count(row.number)),
        el("td", { class: "text" }, formatReasons(row.reasons)),
      ),
    ),
  );
}

function formatReasons(reasons) {
  const parts = Object.entries(reasons).map(
    ([code, n]) => `${count(n)}: ${FALLBACKS[code] ?? code}`,
  );
  return parts.join("; ") || "never";
}
