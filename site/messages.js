// The texts, colours and numbers that the page and the dashboard share.

import messages from "./messages.json" with { type: "json" };

export const COLOURS = valuesOf(messages.sentiments, "colour");
export const LABELS = valuesOf(messages.sentiments, "label");
/** The four sentiments, and UNSCORED of documents without a score. */
export const SENTIMENTS = Object.keys(LABELS);
export const RATINGS = messages.ratings;
export const PERIODS = messages.periods;
export const DEFAULT_PERIOD = messages.default_period;
export const PERIOD_ERRORS = messages.period_errors;
export const SECONDS = messages.seconds;
export const FALLBACKS = messages.fallbacks;
export const DIGEST_REASONS = messages.digest_reasons;
export const ERRORS = messages.errors;
export const PERMANENT_ERRORS = messages.permanent_errors;
export const ERROR_OF_CODE = messages.error_of_code;
export const ERROR_OF_STATUS = messages.error_of_status;
export const TEXTS = messages.texts;
export const GLOSSARY = messages.glossary;

/** A text with its `{placeholders}` replaced by values. */
export function fillIn(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function valuesOf(items, key) {
  return Object.fromEntries(items.map((item) => [item.name, item[key]]));
}
