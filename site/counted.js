// How far the counts are: they follow the stored documents by some seconds.

import { moment } from "./formatting.js";
import { SECONDS, TEXTS, fillIn } from "./messages.js";

/**
 * How far the counts of a response of /stats are, and why listed documents are not among them.
 * `source` is that of the filters; empty for all.
 */
export function countedText(stats, documents, source) {
  const to = stats.counted_to;
  const progress = to
    ? fillIn(TEXTS.counted_to, { time: moment(new Date(to)) })
    : TEXTS.nothing_counted;
  return `${progress} ${missingNote(stats, documents, source)}`.trim();
}

/** Why listed documents are not in the counts; empty if they are. */
export function missingNote(stats, documents, source) {
  if (!documents.length) return "";
  const hasCounts = stats.buckets.length > 0;
  if (source && !hasCounts && stats.other_sources) return TEXTS.source_not_named;
  const newest = documents.reduce((last, d) => Math.max(last, Date.parse(d.enriched_at)), 0);
  const ahead = stats.counted_to ? (newest - Date.parse(stats.counted_to)) / 1000 : 0;
  return !hasCounts || ahead > SECONDS.count_tolerance ? TEXTS.counts_behind : "";
}
