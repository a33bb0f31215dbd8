"""The page Tenant: roles and quotas, the authenticator app; for admins members and audit log."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboard import components, member_forms, sign_in
from dashboard.data import audit
from dashboard.data import authenticator_app as app
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.deployment import deployment
from dashboard.data.errors import ServiceError
from dashboard.data.messages import TEXTS, plain
from dashboard.data.tenant import Tenancy, tenancy
from echostream_client.authenticator_app import AppSetup

EVERY, EVERY_AUDIT = 15.0, 60.0
SETUP = "app_setup"


def page() -> None:
    st.title("Tenant", anchor=False)
    st.fragment(show, run_every=EVERY if sign_in.is_open() else None)()
    if sign_in.is_open() and deployment().mfa == "optional":
        st.header("Sign-in with a code", anchor=False)
        st.fragment(show_app)()
    if sign_in.signed_in().is_admin:
        member_forms.show()
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
    st.caption(plain(tenancy.model_spend))
    st.caption(TEXTS["no_limit"])


def show_app() -> None:
    """Turns the authenticator app of the viewer on or off."""
    session = sign_in.signed_in().session
    try:
        if SETUP in st.session_state:
            show_setup(st.session_state[SETUP])
        elif app.is_on(session):
            st.write(TEXTS["app_on"])
            if st.button("Turn off"):
                app.turn_off(session)
                st.rerun()
        else:
            st.write(TEXTS["app_off"])
            if st.button("Set up an authenticator app"):
                st.session_state[SETUP] = app.set_up(session)
                st.rerun()
    except ServiceError as error:
        st.error(error.message, icon=":material/error:")


def show_setup(setup: AppSetup) -> None:
    """The secret, and a form for the app's first code."""
    st.write(TEXTS["app_secret"])
    sign_in.show_secret(setup.secret, setup.uri)
    with st.form("app", border=False):
        code = st.text_input("Code", autocomplete="one-time-code", help=TEXTS["code_required"])
        is_submitted = st.form_submit_button("Turn on", type="primary")
    if is_submitted:
        app.confirm(setup, sign_in.without_spaces(code))
        del st.session_state[SETUP]
        st.rerun()


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
