"""The page Tenant: the viewer's tenant and roles, the use of its quotas, and its audit log."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboard import components, sign_in
from dashboard.data import audit
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.messages import TEXTS
from dashboard.data.tenant import Tenancy, tenancy
from echostream.domain.members import Role

EVERY, EVERY_AUDIT = 15.0, 60.0


def page() -> None:
    st.title("Tenant", anchor=False)
    st.fragment(show, run_every=EVERY if sign_in.is_open() else None)()
    if Role.ADMIN in sign_in.signed_in().session.roles:
        st.fragment(show_audit, run_every=EVERY_AUDIT if sign_in.is_open() else None)()


def show() -> None:
    """The fragment that refreshes."""
    api = sign_in.signed_in().api
    poll: CachedPoll[Tenancy] = components.poll("tenant")
    components.show("tenant", poll.get((), lambda: tenancy(api)), show_tenancy)


def show_tenancy(tenancy: Tenancy) -> None:
    st.text(f"Tenant {tenancy.name}. Your roles: {', '.join(tenancy.roles)}.")
    st.header("Quotas", anchor=False)
    st.dataframe(
        tenancy.quotas,
        hide_index=True,
        alt="Use of the quotas",
        column_config={
            "Used": st.column_config.NumberColumn("Used", format="localized"),
            "Limit": st.column_config.NumberColumn("Limit", format="localized"),
            "Share": st.column_config.NumberColumn("Share", format="%.1f%%"),
        },
    )
    st.caption(TEXTS["no_limit"])


def show_audit() -> None:
    """The fragment with the newest events of the audit log, for admins."""
    st.header("Audit log", anchor=False)
    api = sign_in.signed_in().api
    poll: CachedPoll[pd.DataFrame] = components.poll("audit")
    snapshot = poll.get((), lambda: audit.events(api, datetime.now(UTC)))
    components.show("audit", snapshot, show_events)


def show_events(events: pd.DataFrame) -> None:
    if events.empty:
        st.info("There are no events in the last 30 days.")
        return
    st.dataframe(
        events,
        hide_index=True,
        alt="Newest events of the audit log",
        column_config={
            "Time": st.column_config.DatetimeColumn(
                "Time (UTC)", format="YYYY-MM-DD HH:mm:ss", timezone="UTC"
            )
        },
    )
    st.caption(f"The newest {audit.NEWEST} events of the last {audit.PERIOD.days} days.")


page()
