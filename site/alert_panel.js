// The panel of alerts: a list of buttons that choose the period and the source of an alert.

import { aboutAlerts, periodText } from "./alerts.js";
import { byId, el, say, update } from "./dom.js";
import { PanelState } from "./panel_state.js";

export const alertsState = new PanelState("alerts");

/** Show a response of /alerts, fetched at `time`, or nothing; `choose` is called with an alert. */
export function showAlerts(response, time = null, choose = null) {
  say(byId("alerts-about"), response ? aboutAlerts(response) : "");
  const alerts = response?.alerts ?? [];
  update(byId("alert-list"), JSON.stringify(alerts), () =>
    alerts.map((alert) => item(alert, choose)),
  );
  alertsState.showTime(time);
}

function item(alert, choose) {
  const button = el("button", { type: "button", class: "link" }, el("bdi", {}, alert.text));
  button.addEventListener("click", () => choose(alert));
  return el("li", {}, el("time", { class: "quiet", datetime: alert.from }, periodText(alert)), button);
}

/** Whether the user is in the list, so that it must not change. */
export const isAlertRead = () => byId("alert-list").contains(document.activeElement);
