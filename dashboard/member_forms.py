"""The part of the page Tenant for admins: members, machine users and erasures."""

import pandas as pd
import streamlit as st

from dashboard import components, sign_in
from dashboard.change_forms import ChangeForms
from dashboard.data import members
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.members import KINDS, ROLES, Members
from dashboard.data.messages import OWN_TEXTS

EVERY = 15.0
"""Seconds between two refreshes of the list of erasures."""
FORMS = ChangeForms("members", "erasures")
TIME = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC")


def show() -> None:
    """The members with their forms, and the erasures, whose list refreshes."""
    api = sign_in.signed_in().api
    st.header("Members", anchor=False)
    FORMS.show_last()
    poll: CachedPoll[Members] = components.poll("members")
    components.show("members", poll.get((), lambda: members.list_members(api)), show_members)
    st.header("Erasures", anchor=False)
    st.fragment(show_list_of_erasures, run_every=EVERY if sign_in.is_open() else None)()
    show_erase_form()


def show_list_of_erasures() -> None:
    """The fragment that refreshes."""
    api = sign_in.signed_in().api
    poll: CachedPoll[pd.DataFrame] = components.poll("erasures")
    components.show("erasures", poll.get((), lambda: members.list_erasures(api)), show_erasures)


def show_members(found: Members) -> None:
    st.dataframe(
        found.table,
        hide_index=True,
        alt="Members of the tenant",
        column_config={"Added": TIME},
        placeholder="",
    )
    left, right = st.columns(2)
    with left:
        st.subheader("People", anchor=False)
        show_invite_form()
        show_person_form(found)
    with right:
        st.subheader("Machine users", anchor=False)
        st.caption(OWN_TEXTS["machine_users"])
        show_create_form()
        show_machine_form(found)


def show_invite_form() -> None:
    with st.form("invite", clear_on_submit=True):
        name = st.text_input("Name of a new member", max_chars=64, help=OWN_TEXTS["name_rule"])
        roles = st.multiselect("Roles of the new member", ROLES, ["reader"])
        is_submitted = st.form_submit_button("Invite")
    if is_submitted:
        api = sign_in.signed_in().api
        FORMS.change(lambda: members.invite(api, name.strip(), roles))


def show_person_form(found: Members) -> None:
    api = sign_in.signed_in().api
    person = st.selectbox("Person", list(found.people), key="members.person")
    if person is None:
        st.info(OWN_TEXTS["no_people"])
        return
    current = found.people[person]
    roles = st.multiselect("Roles", ROLES, current, key=f"roles.{person}.{'.'.join(current)}")
    if st.button("Change roles", disabled=set(roles) == set(current)):
        FORMS.change(lambda: members.set_roles(api, person, roles))
    FORMS.confirm_removal("person", person, lambda: members.remove(api, person))


def show_create_form() -> None:
    with st.form("create_machine", clear_on_submit=True):
        name = st.text_input(
            "Name of a new machine user", max_chars=64, help=OWN_TEXTS["name_rule"]
        )
        roles = st.multiselect("Roles of the new machine user", ROLES, ["writer"])
        is_submitted = st.form_submit_button("Create")
    if is_submitted:
        api = sign_in.signed_in().api
        FORMS.change(lambda: members.create_machine(api, name.strip(), roles))


def show_machine_form(found: Members) -> None:
    if not found.machines:
        st.info(OWN_TEXTS["no_machines"])
        return
    api = sign_in.signed_in().api
    machine = st.selectbox("Machine user", list(found.machines), key="members.machine")
    now = st.checkbox("Revoke the previous credentials now", help=OWN_TEXTS["rotation"])
    if st.button("Make new credentials"):
        FORMS.change(lambda: members.rotate_machine(api, machine, now=now))
    FORMS.confirm_removal("machine", machine, lambda: members.remove_machine(api, machine))


def show_erasures(found: pd.DataFrame) -> None:
    st.caption(OWN_TEXTS["erasures"])
    if found.empty:
        st.info(OWN_TEXTS["no_erasures"])
        return
    st.dataframe(
        found,
        hide_index=True,
        alt="Erasures of the tenant",
        column_config={"Requested": TIME, "Finished": TIME},
        placeholder="",
    )


def show_erase_form() -> None:
    with st.form("erase", clear_on_submit=True):
        kind = st.selectbox("Erase", KINDS, format_func=lambda one: OWN_TEXTS[one])
        name = st.text_input("Name of the author, or id of the document", max_chars=256)
        repeated = st.text_input("Repeat the name or id to confirm", max_chars=256)
        is_submitted = st.form_submit_button("Erase permanently")
    if is_submitted:
        api = sign_in.signed_in().api
        FORMS.change(lambda: members.erase(api, kind, name, repeated))
