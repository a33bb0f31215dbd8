"""The page Alerts: hours unlike the hours before, the documents behind them, and destinations."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import alert_documents, components, destination_forms, sign_in
from dashboard.components import Columns
from dashboard.data import alert_texts, alerts
from dashboard.data.alerts import History
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.messages import GLOSSARY, OWN_TEXTS, SECONDS

EVERY = SECONDS["alerts_refresh"]  # hours are compared once an hour


def page() -> None:
    st.title("Alerts", anchor=False, help=GLOSSARY["Alert"])
    st.fragment(show, run_every=EVERY if sign_in.is_open() else None)()
    destination_forms.show()


def show() -> None:
    """The fragment that refreshes."""
    api = sign_in.signed_in().api
    poll: CachedPoll[History] = components.poll("alerts")
    snapshot = poll.get("alerts", lambda: alerts.load(api, datetime.now(UTC)), every=EVERY)
    components.show("alerts", snapshot, show_history)


def show_history(history: History) -> None:
    watched = alert_texts.watched_text(history)
    if watched:
        st.caption(watched)
    empty = alert_texts.no_alert(history)
    if empty:
        st.info(empty)
        return
    st.caption(f"{OWN_TEXTS['choose_alert']} {alert_texts.more_text(history)}")
    ids = tuple(alert.id for alert in history.alerts)
    name = f"Alerts of the last {history.days} days"
    row = components.choose_row(alerts.table(history.alerts), name, ids, columns())
    if row is not None:
        alert_documents.show(history.alerts[row])


def columns() -> Columns:
    number = st.column_config.NumberColumn
    return {
        "Documents": number(format="localized", help=OWN_TEXTS["peak_hour"]),
        "Expected documents": number("Expected", format="%.0f"),
        "Mean score": number(format="%+.2f", help=OWN_TEXTS["peak_hour"]),
        "Expected mean score": number("Expected", format="%+.2f"),
        "How unusual": number(format="%.1f", help=OWN_TEXTS["how_unusual"]),
    }


page()
