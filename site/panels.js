// The parts of the page that show counts: numbers, chart, sources, engines.

import { bucketAt, draw, height } from "./chart.js";
import { byId, el, say, svg, update } from "./dom.js";
import { fill, total } from "./period.js";
import {
  FALLBACKS,
  LABELS,
  SENTIMENTS,
  bucketName,
  count,
  percent,
  plural,
  score,
} from "./formatting.js";

let shown = null;
let marked = -1;

/** Show what /stats answered for some filters; null clears the panels. */
export function showCounts(stats, filters, at) {
  if (!stats) {
    shown = null;
    for (const id of ["chart", "buckets", "sources"]) update(byId(id), "", () => []);
    for (const id of ["total", "positive", "negative", "mean"]) say(byId(id), "–");
    return;
  }
  const buckets = fill(stats.buckets, filters, at);
  shown = { buckets, filters };
  showNumbers(total(buckets), filters.sentiment);
  showChart();
  showSources(stats.sources, filters);
}

function showNumbers(sum, only) {
  say(byId("total"), count(only ? sum[only] : sum.total));
  say(byId("positive"), percent(sum.POSITIVE, sum.total));
  say(byId("negative"), percent(sum.NEGATIVE, sum.total));
  say(byId("mean"), score(sum.mean));
  byId("shares-note").hidden = !only;
}

/** Draw the chart for the room that there is. */
export function showChart() {
  if (!shown) return;
  const { buckets, filters } = shown;
  const chart = byId("chart");
  const width = Math.max(280, Math.floor(chart.parentElement.clientWidth));
  const options = { width, bucket: filters.bucket, only: filters.sentiment || null, marked };
  update(chart, JSON.stringify([buckets, options]), () => draw(buckets, options));
  chart.setAttribute("viewBox", `0 0 ${width} ${height(options.only)}`);
  chart.setAttribute("height", height(options.only));
  chart.setAttribute("aria-label", summary(buckets, filters));
  byId("mean-note").hidden = !filters.sentiment;
  say(byId("unit"), `documents ${filters.bucket === "hour" ? "an hour" : "a day"}, UTC`);
  say(byId("reading"), marked >= 0 && buckets[marked] ? reading(buckets[marked], filters) : "");
  showTable(buckets, filters);
  if (!performance.getEntriesByName("first-chart").length) performance.mark("first-chart");
}

function summary(buckets, { bucket, sentiment }) {
  const sum = total(buckets);
  const per = bucket === "hour" ? "Documents an hour" : "Documents a day";
  const parts = (sentiment ? [sentiment] : SENTIMENTS).map(
    (name) => `${LABELS[name].toLowerCase()} ${count(sum[name])}`,
  );
  const mean = sentiment ? "" : `; mean score ${score(sum.mean)}`;
  return `${per}: ${parts.join(", ")}${mean}. The same as a table follows.`;
}

function reading(bucket, { bucket: unit, sentiment }) {
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

/** Let the chart say what is pointed at, follow its width, and fill its table when opened. */
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

function showSources(sources, { source }) {
  byId("sources-note").hidden = sources.length > 0;
  update(byId("sources"), JSON.stringify([sources, source]), () =>
    sources.map((s) =>
      el(
        "tr",
        { class: s.source === source ? "chosen" : null },
        el("th", { scope: "row" }, el("bdi", { class: "clipped" }, s.source)),
        el("td", {}, count(s.total)),
        el("td", { class: "wide" }, stack(s)),
        el("td", {}, score(s.mean_compound)),
      ),
    ),
  );
}

/** The shares of the four sentiments as one bar, with the same in words. */
function stack(counted) {
  const of = SENTIMENTS.map((name) => [name, counted[name.toLowerCase()]]);
  const words = of.map(([name, n]) => `${LABELS[name].toLowerCase()} ${percent(n, counted.total)}`);
  let left = 0;
  const parts = of.map(([name, n]) => {
    const width = (100 * n) / (counted.total || 1);
    left += width;
    return svg("rect", { class: name, x: left - width, y: 0, width, height: 10 });
  });
  const label = { role: "img", "aria-label": words.join(", ") };
  const box = { class: "stack", viewBox: "0 0 100 10", preserveAspectRatio: "none" };
  return svg("svg", { ...label, ...box }, svg("title", {}, words.join(", ")), ...parts);
}

/** Count what scored the documents that are loaded. */
export function showEngines(documents) {
  const rows = new Map();
  for (const d of documents) {
    const key = JSON.stringify([d.engine, d.engine_version]);
    const row = rows.get(key) ?? { engine: d.engine, version: d.engine_version, number: 0, why: {} };
    row.number += 1;
    if (d.fallback) row.why[d.fallback] = (row.why[d.fallback] ?? 0) + 1;
    rows.set(key, row);
  }
  const found = [...rows.values()].sort((a, b) => b.number - a.number);
  const number = plural(documents.length, "loaded document");
  say(byId("engines-note"), documents.length ? `What scored the ${number}.` : "Nothing is loaded.");
  update(byId("engines"), JSON.stringify(found), () =>
    found.map((row) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, el("bdi", {}, row.engine)),
        el("td", { class: "text" }, el("bdi", {}, row.version)),
        el("td", {}, count(row.number)),
        el("td", { class: "text" }, reasons(row.why)),
      ),
    ),
  );
}

function reasons(why) {
  const parts = Object.entries(why).map(([code, n]) => `${count(n)}: ${FALLBACKS[code] ?? code}`);
  return parts.join("; ") || "never";
}
