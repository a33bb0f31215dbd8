"""The page Tenant: the viewer's tenant and roles, the use of its quotas, its members."""

import streamlit as st

from dashboard import components, member_forms, sign_in
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.messages import TEXTS
from dashboard.data.tenant import Tenancy, tenancy

EVERY = 15.0


def page() -> None:
    st.title("Tenant", anchor=False)
    st.fragment(show, run_every=EVERY if sign_in.is_open() else None)()
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


page()
