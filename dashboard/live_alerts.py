"""The notice of the page Live about alerts of the last hours."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from dashboard import components, sign_in
from dashboard.data import alert_texts, alerts
from dashboard.data.alerts import History
from dashboard.data.cached_poll import CachedPoll, Snapshot
from dashboard.data.messages import OWN_TEXTS, SECONDS, plain

EVERY = SECONDS["alerts_refresh"]
PAGE = Path(__file__).resolve().parent / "views" / "alerts.py"


def fetch(is_paused: bool) -> Snapshot[History]:
    """The alerts that are loaded. A request goes out if they are old; nothing waits for it."""
    api = sign_in.signed_in().api
    poll: CachedPoll[History] = components.poll("live_alerts")
    return poll.get(
        "alerts",
        lambda: alerts.load(api, datetime.now(UTC), alerts.RECENT_DAYS),
        hold=is_paused,
        every=EVERY,
        is_awaited=False,
    )


def show(snapshot: Snapshot[History]) -> None:
    """The newest alerts with a link to the page of all; nothing without any."""
    if snapshot.error:
        st.caption(OWN_TEXTS["alerts_failed"])
    if snapshot.answer is None:
        return
    lines = alert_texts.notice_lines(alerts.recent(snapshot.answer, datetime.now(UTC)))
    if lines:
        st.warning("  \n".join(map(plain, lines)), icon=":material/notifications:")
        page = st.Page(PAGE, title="Alerts", icon=":material/arrow_forward:")
        st.page_link(page, label="Alerts and their documents")
