// What a response of /alerts says, as texts.

import { bucketName, moment } from "./formatting.js";
import { TEXTS, fillIn } from "./messages.js";

export const DAYS = 7; // in which an alert begins that the panel shows
export const LISTED = 5; // alerts

/** Whether a response has the part that the panel shows. */
export const isReadable = ({ alerts }) => Array.isArray(alerts);

/** What to do with alerts, or why there is none, and up to when hours were compared. */
export function aboutAlerts({ alerts, complete, watched_to: to }) {
  if (!to && !alerts.length) return TEXTS.never_compared;
  const first = alerts.length ? TEXTS.open_alert : fillIn(TEXTS.no_alert, { days: DAYS });
  const more = complete ? "" : fillIn(TEXTS.more_alerts, { number: LISTED });
  const watched = to ? fillIn(TEXTS.watched_to, { time: moment(new Date(to)) }) : "";
  return [first, more, watched].filter(Boolean).join(" ");
}

/** From when to when an alert is, in UTC. */
export function periodText({ from, to }) {
  const [start, end] = [from, to].map((time) => bucketName(new Date(time), "hour"));
  return `${start} to ${end} UTC`;
}
