"""The part of the page Alerts that shows the documents behind an alert."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import components, sign_in
from dashboard.cited_documents import show_documents, show_drivers
from dashboard.data import alert_details, alert_texts
from dashboard.data.alert_details import Details
from dashboard.data.alerts import Alert
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.messages import plain

EVERY = 3600.0
"""Seconds between two requests: the hours are over, and one reads thousands of documents."""


def show(alert: Alert) -> None:
    """The terms that drove an alert, and its documents."""
    st.header("Documents behind the alert", anchor=False)
    st.caption(plain(f"{alert.text}. {alert_texts.theme_text(alert)}"))
    api = sign_in.signed_in().api
    poll: CachedPoll[Details] = components.poll("alert")
    query = alert.id, alert.end
    snapshot = poll.get(
        query, lambda: alert_details.load(api, alert, datetime.now(UTC)), every=EVERY
    )
    components.show("alert", snapshot, lambda details: show_details(details, query))


def show_details(details: Details, query: object) -> None:
    empty = alert_texts.no_details(details)
    if empty:
        st.info(empty)
        return
    st.subheader("What drove it", anchor=False)
    show_drivers(details.overview, query)
    st.subheader("Newest documents", anchor=False)
    st.caption(alert_texts.documents_text(details))
    show_documents(details.documents)
