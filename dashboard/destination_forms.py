"""The part of the page Alerts about destinations: their list, and the forms of admins."""

import streamlit as st

from dashboard import components, sign_in
from dashboard.change_forms import ChangeForms
from dashboard.data import destinations
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.destinations import KINDS, SEND_LABELS, AboutKind, Listed
from dashboard.data.messages import OWN_GLOSSARY, OWN_TEXTS, SECONDS
from echostream.domain.alerts.destinations import DEFAULT_SENDS, SENDS

EVERY = SECONDS["alerts_refresh"]
FORMS = ChangeForms("destinations")
TIME = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC")


def show() -> None:
    """The list, which refreshes, and for admins the forms."""
    st.header("Destinations", anchor=False, help=OWN_GLOSSARY["Destination"])
    FORMS.show_last()
    st.fragment(show_list, run_every=EVERY if sign_in.is_open() else None)()
    found = components.poll("destinations").answer
    if found and sign_in.signed_in().is_admin:
        show_forms(found)


def show_list() -> None:
    """The fragment that refreshes."""
    api = sign_in.signed_in().api
    poll: CachedPoll[Listed] = components.poll("destinations")
    snapshot = poll.get((), lambda: destinations.list_destinations(api), every=EVERY)
    components.show("destinations", snapshot, show_table)


def show_table(found: Listed) -> None:
    if not found.names:
        st.info(OWN_TEXTS["no_destinations"])
        return
    st.dataframe(
        found.table,
        hide_index=True,
        alt="Destinations of the tenant",
        column_config={"Last message": TIME},
        placeholder="",
    )
    st.caption(found.explained)


def show_forms(found: Listed) -> None:
    left, right = st.columns(2)
    with left:
        st.subheader("Add a destination", anchor=False)
        show_add_form(found)
    with right:
        if found.names:
            st.subheader("Test or remove a destination", anchor=False)
            show_change_form(found)


def show_add_form(found: Listed) -> None:
    """The field of the address follows from the kind, which is therefore outside of the form.

    Fields keep their values when the destination is refused, and are empty when it is added.
    """
    kind = st.selectbox("Kind", list(KINDS), format_func=lambda one: KINDS[one].label)
    st.caption(KINDS[kind].about)
    with st.form(f"add_destination.{kind}.{len(found.names)}"):
        destination = {
            "kind": kind,
            "name": st.text_input("Name of the destination", help=OWN_TEXTS["source_name_rule"]),
            "address": show_address(KINDS[kind]),
            "sends": show_sends(),
            "with_texts": st.checkbox("Quote documents, masked", help=OWN_TEXTS["with_texts"]),
        }
        is_submitted = st.form_submit_button("Add")
    if is_submitted:
        api = sign_in.signed_in().api
        FORMS.change(lambda: destinations.add(api, destination))


def show_address(kind: AboutKind) -> str:
    """The field of an address, whose text is hidden if it is a credential."""
    return st.text_input(
        kind.address,
        type="password" if kind.is_secret else "default",
        placeholder=kind.example,
        help=OWN_TEXTS["secret_address"] if kind.is_secret else None,
    )


def show_sends() -> list[str]:
    return st.multiselect(
        "What is sent",
        SENDS,
        sorted(DEFAULT_SENDS),
        format_func=lambda one: SEND_LABELS[one],
        help=OWN_TEXTS["sends"],
    )


def show_change_form(found: Listed) -> None:
    api = sign_in.signed_in().api
    name = st.selectbox("Destination", found.names, key="destinations.name")
    if st.button("Send a test message"):
        FORMS.change(lambda: destinations.send_test(api, name))
    FORMS.confirm_removal("destination", name, lambda: destinations.remove(api, name))
