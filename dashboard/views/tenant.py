"""The page Tenant: the viewer's tenant, roles and quotas, their authenticator app, the members."""

import streamlit as st

from dashboard import components, member_forms, sign_in
from dashboard.data import authenticator_app as app
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.deployment import deployment
from dashboard.data.errors import ServiceError
from dashboard.data.messages import TEXTS
from dashboard.data.tenant import Tenancy, tenancy
from echostream_client.authenticator_app import AppSetup

EVERY = 15.0
SETUP = "app_setup"


def page() -> None:
    st.title("Tenant", anchor=False)
    st.fragment(show, run_every=EVERY if sign_in.is_open() else None)()
    if sign_in.is_open() and deployment().mfa == "optional":
        st.header("Sign-in with a code", anchor=False)
        st.fragment(show_app)()
    if sign_in.signed_in().is_admin:
        member_forms.show()


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


page()
