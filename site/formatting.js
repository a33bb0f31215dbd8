// How the page formats numbers, times and durations. All times are UTC.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const signed = new Intl.NumberFormat("en", {
  signDisplay: "exceptZero",
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const clock = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = format({ day: "numeric", month: "short" });
const hour = format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const full = format({
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

export const count = (number) => whole.format(number);
/** A share with one decimal, halves rounded up as in the dashboard: exact, in whole numbers. */
export const percent = (part, of) =>
  of ? `${(Math.floor((2000 * part + of) / (2 * of)) / 10).toFixed(1)}%` : "–";
export const score = (number) => (number === null ? "–" : signed.format(number));
export const timeOfDay = (date) => `${clock.format(date)} UTC`;
export const moment = (date) => `${full.format(date)} UTC`;
export const bucketName = (date, bucket) => (bucket === "hour" ? hour : day).format(date);
export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** A duration in the largest unit that fits. */
export function duration(seconds) {
  if (seconds < 60) return plural(Math.max(1, Math.round(seconds)), "second");
  if (seconds < 5400) return plural(Math.round(seconds / 60), "minute");
  if (seconds < 48 * 3600) return plural(Math.round(seconds / 3600), "hour");
  return plural(Math.round(seconds / 86400), "day");
}
