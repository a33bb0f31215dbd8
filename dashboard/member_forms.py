"""The part of the page Tenant for admins: members, machine users and erasures."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard import components, sign_in
from dashboard.data import members
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.errors import ServiceError
from dashboard.data.members import KINDS, ROLES, Change, Members
from dashboard.data.messages import OWN_TEXTS, plain

EVERY = 15.0
"""Seconds between two refreshes of the list of erasures."""
CHANGE, FAILURE, TO_REMOVE = "members.change", "members.failure", "members.to_remove"
TIME = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC")


def show() -> None:
    """The members with their forms, and the erasures, whose list refreshes."""
    api = sign_in.signed_in().api
    st.header("Members", anchor=False)
    show_last_change()
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


def change(action: Callable[[], Change]) -> None:
    """Make a change. The next run shows it, or why it failed, above the fresh lists."""
    st.session_state.pop(TO_REMOVE, None)
    st.session_state.pop(CHANGE, None)
    st.session_state.pop(FAILURE, None)
    try:
        with st.spinner(OWN_TEXTS["changing"]):
            st.session_state[CHANGE] = action()
    except ServiceError as error:
        if error.kind == "ended":
            sign_in.end_session()
        st.session_state[FAILURE] = error
    for page in ("members", "erasures"):
        components.poll(page).refresh()
    st.rerun()


def show_last_change() -> None:
    """What the viewer changed last; secrets until they hide them."""
    failure: ServiceError | None = st.session_state.pop(FAILURE, None)
    if failure:
        is_certain = failure.kind in ("not_changed", "admin_needed")
        advice = "" if is_certain else f" {OWN_TEXTS['maybe_changed']}"
        st.error(f"{failure.message}{advice}", icon=":material/error:")
    made: Change | None = st.session_state.get(CHANGE)
    if not made:
        return
    st.success(made.text, icon=":material/check:")
    if not made.secrets:
        del st.session_state[CHANGE]
        return
    st.write(OWN_TEXTS["shown_once"])
    for name, value in made.secrets.items():
        st.caption(name)
        st.code(value, language=None)
    st.button("Hide", on_click=st.session_state.pop, args=(CHANGE, None))


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
        change(lambda: members.invite(api, name.strip(), roles))


def show_person_form(found: Members) -> None:
    api = sign_in.signed_in().api
    person = st.selectbox("Person", list(found.people), key="members.person")
    if person is None:
        st.info(OWN_TEXTS["no_people"])
        return
    current = found.people[person]
    roles = st.multiselect("Roles", ROLES, current, key=f"roles.{person}.{'.'.join(current)}")
    if st.button("Change roles", disabled=set(roles) == set(current)):
        change(lambda: members.set_roles(api, person, roles))
    confirm_removal("person", person, lambda: members.remove(api, person))


def show_create_form() -> None:
    with st.form("create_machine", clear_on_submit=True):
        name = st.text_input(
            "Name of a new machine user", max_chars=64, help=OWN_TEXTS["name_rule"]
        )
        roles = st.multiselect("Roles of the new machine user", ROLES, ["writer"])
        is_submitted = st.form_submit_button("Create")
    if is_submitted:
        api = sign_in.signed_in().api
        change(lambda: members.create_machine(api, name.strip(), roles))


def show_machine_form(found: Members) -> None:
    if not found.machines:
        st.info(OWN_TEXTS["no_machines"])
        return
    api = sign_in.signed_in().api
    machine = st.selectbox("Machine user", list(found.machines), key="members.machine")
    now = st.checkbox("Revoke the previous credentials now", help=OWN_TEXTS["rotation"])
    if st.button("Make new credentials"):
        change(lambda: members.rotate_machine(api, machine, now=now))
    confirm_removal("machine", machine, lambda: members.remove_machine(api, machine))


def confirm_removal(kind: str, name: str, action: Callable[[], Change]) -> None:
    """A button that asks, and then one that removes."""
    asked = (kind, name)
    if st.session_state.get(TO_REMOVE) != asked:
        label = "Remove the person" if kind == "person" else "Remove the machine user"
        st.button(label, on_click=st.session_state.update, kwargs={TO_REMOVE: asked})
        return
    st.warning(OWN_TEXTS[f"remove_{kind}"].format(name=plain(name)), icon=":material/warning:")
    if st.button(f"Yes, remove {plain(name)}", type="primary"):
        change(action)
    st.button("Cancel", on_click=st.session_state.pop, args=(TO_REMOVE, None))


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
        change(lambda: members.erase(api, kind, name, repeated))
