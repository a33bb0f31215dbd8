"""The part of the page Sources about live sources: their list, and the forms of admins."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import components, sign_in
from dashboard.change_forms import ChangeForms
from dashboard.data import live_sources
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.live_sources import LiveSources
from dashboard.data.messages import OWN_GLOSSARY, OWN_TEXTS
from echostream.domain.live_sources import BUDGETS, DEFAULT_BUDGET, DEFAULT_INTERVAL

EVERY = 15.0
"""Seconds between two refreshes of the list."""
MINUTE, DAY = 60, 24 * 60
FORMS = ChangeForms("live_sources")
TIME = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC")


def show() -> None:
    """The list, which refreshes, and for admins the forms."""
    st.header("Live sources", anchor=False, help=OWN_GLOSSARY["Live source"])
    FORMS.show_last()
    st.fragment(show_list, run_every=EVERY if sign_in.is_open() else None)()
    found = components.poll("live_sources").answer
    if found and sign_in.signed_in().is_admin:
        show_forms(found)


def show_list() -> None:
    """The fragment that refreshes."""
    api = sign_in.signed_in().api
    poll: CachedPoll[LiveSources] = components.poll("live_sources")
    snapshot = poll.get((), lambda: live_sources.list_sources(api))
    components.show("live_sources", snapshot, show_table)


def show_table(found: LiveSources) -> None:
    if not found.kinds:
        st.info(OWN_TEXTS["no_producer"])
    elif not found.states:
        st.info(OWN_TEXTS["no_live_sources"])
    if found.states:
        st.dataframe(
            found.table,
            hide_index=True,
            alt="Live sources of the tenant",
            column_config={
                "Last success": TIME,
                "Newest document": TIME,
                "Accepted": st.column_config.NumberColumn("Accepted", format="localized"),
            },
            placeholder="",
        )


def show_forms(found: LiveSources) -> None:
    left, right = st.columns(2)
    with left:
        if found.kinds:
            st.subheader("Add a source", anchor=False)
            show_add_form(found)
    with right:
        if found.states:
            st.subheader("Change a source", anchor=False)
            show_change_form(found)


def show_add_form(found: LiveSources) -> None:
    """The fields follow from the kind, which is therefore outside of the form.

    They keep their values when the source is refused, and are empty when it is added.
    """
    kinds = {kind["name"]: kind for kind in found.kinds}
    chosen = st.selectbox(
        "Kind", list(kinds), format_func=lambda name: f"{name}: {kinds[name]['about']}"
    )
    kind = kinds[chosen]
    with st.form(f"add_source.{chosen}.{len(found.states)}"):
        name = st.text_input("Name of the source", help=OWN_TEXTS["source_name_rule"])
        values = {one["name"]: show_setting(one) for one in kind["settings"]}
        minutes = st.number_input("Minutes between two reads", 1, DAY, DEFAULT_INTERVAL // MINUTE)
        budget = st.number_input("Documents a day, at most", 1, BUDGETS[-1], DEFAULT_BUDGET)
        st.caption(OWN_TEXTS["source_hosts"])
        is_submitted = st.form_submit_button("Add")
    if is_submitted:
        api = sign_in.signed_in().api
        source = {"name": name.strip(), "interval": minutes * MINUTE, "budget": budget}
        FORMS.change(lambda: live_sources.add(api, source, kind, values))


def show_setting(setting: Mapping[str, Any]) -> str:
    """The field of a setting, whose text is hidden if it is a credential."""
    needed = " (required)" if setting["is_required"] else ""
    return st.text_input(
        f"{setting['name']}{needed}",
        type="password" if setting["is_secret"] else "default",
        placeholder=setting["example"],
        help=setting["about"],
    )


def show_change_form(found: LiveSources) -> None:
    api = sign_in.signed_in().api
    name = st.selectbox("Live source", list(found.states), key="live_sources.name")
    if found.states[name] == "paused":
        if st.button("Resume"):
            FORMS.change(lambda: live_sources.resume(api, name))
    else:
        if st.button("Pause"):
            FORMS.change(lambda: live_sources.pause(api, name))
        if st.button("Read now"):
            FORMS.change(lambda: live_sources.resume(api, name))
    FORMS.confirm_removal("source", name, lambda: live_sources.remove(api, name))
