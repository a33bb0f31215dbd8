// Periods and the buckets that cover them.

const HOUR = 3600e3;
const DAY = 24 * HOUR;
const HOURLY_UP_TO = 4 * DAY;
export const PERIODS = { "24h": DAY, "48h": 2 * DAY, "7d": 7 * DAY, "30d": 30 * DAY };

/**
 * From when to when, and counted by what. `to` is null for "until now". Throws a RangeError with
 * words for the user where the period that was typed in is none.
 */
export function resolve({ period, from, to }, now) {
  if (period !== "custom") return span(new Date(now - PERIODS[period]), null, now);
  if (!from) throw new RangeError("Choose when the period begins.");
  const begin = new Date(`${from}Z`);
  const end = to ? new Date(`${to}Z`) : null;
  if (Number.isNaN(+begin) || (end && Number.isNaN(+end)))
    throw new RangeError("Give both as a date and a time, such as 31/01/2026 09:30.");
  if (end && end <= begin) throw new RangeError("The period ends before it begins.");
  if (begin >= now) throw new RangeError("The period begins in the future.");
  return span(begin, end, now);
}

function span(from, to, now) {
  return { from, to, bucket: (to ?? now) - from <= HOURLY_UP_TO ? "hour" : "day" };
}

/** Buckets of a period without gaps: those that the API counted, and zeros where it found none. */
export function fill(counted, { from, to, bucket }, now) {
  const step = bucket === "hour" ? HOUR : DAY;
  const known = new Map(counted.map((b) => [Date.parse(b.start), b]));
  const first = Math.floor(from / step) * step;
  const begin = counted.length ? Math.min(first, Date.parse(counted[0].start)) : first;
  const filled = [];
  for (let start = begin; start < Math.min(to ?? now, now); start += step) {
    const found = known.get(start);
    filled.push({
      start: new Date(start),
      total: found?.total ?? 0,
      POSITIVE: found?.positive ?? 0,
      NEUTRAL: found?.neutral ?? 0,
      MIXED: found?.mixed ?? 0,
      NEGATIVE: found?.negative ?? 0,
      mean: found ? found.mean_compound : null,
    });
  }
  return filled;
}

/** The sum of buckets, with the mean score over all of their documents. */
export function total(buckets) {
  const sum = { total: 0, POSITIVE: 0, NEUTRAL: 0, MIXED: 0, NEGATIVE: 0, mean: null };
  let scores = 0;
  for (const bucket of buckets) {
    for (const name of ["total", "POSITIVE", "NEUTRAL", "MIXED", "NEGATIVE"]) {
      sum[name] += bucket[name];
    }
    scores += (bucket.mean ?? 0) * bucket.total;
  }
  if (sum.total) sum.mean = scores / sum.total;
  return sum;
}
