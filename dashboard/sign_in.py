"""The door: signing in, staying while a session is over, signing out."""

from collections.abc import Callable

import streamlit as st

from dashboard.data.auth import Member, choose_password, enter, enter_as_demo
from dashboard.data.deployment import deployment
from dashboard.data.errors import ServiceError
from echostream_cli.errors import UserError
from echostream_client.session import NewPassword

MEMBER, ENDED, WHY, CHALLENGE = "member", "ended", "why", "challenge"
ASKS = "Documents are shown to signed-in users only."
TOOK_TOO_LONG = "That took too long. Sign in again with the password that you were given."
RULES = (
    "Yours was made for one use. Choose another: at least 14 characters, with a capital, a small"
    " letter, a digit and a symbol."
)


def member() -> Member | None:
    """Who is signed in in this tab, also where their session has ended meanwhile."""
    found: Member | None = st.session_state.get(MEMBER)
    return found


def signed_in() -> Member:
    """Whoever looks at a page; `app.py` lets nobody else get that far."""
    found: Member = st.session_state[MEMBER]
    return found


def is_open() -> bool:
    """Whether the session is good, as far as is known."""
    return member() is not None and not st.session_state.get(ENDED)


def ended() -> None:
    """Ask to sign in again; what was loaded and chosen stays."""
    if not st.session_state.get(ENDED):
        st.session_state[ENDED] = True
        st.rerun()


def leave() -> None:
    """Sign out: everything goes, and the pool is told."""
    found = member()
    st.session_state.clear()
    st.session_state[WHY] = "You are signed out."
    if found:
        found.session.end()


def show() -> None:
    """The form, above the page where a session has ended."""
    with st.container(width=420, horizontal_alignment="left", key="door"):
        if st.session_state.get(ENDED):
            st.header("Your session has ended", anchor=False)
            st.write("Sign in again to go on. What was loaded stays as it is.")
        else:
            st.header("Sign in", anchor=False)
            st.write(st.session_state.get(WHY, ASKS))
        if CHALLENGE in st.session_state:
            _ask_new_password()
        else:
            _ask_password()
        st.caption("You stay signed in until you close or reload this page.")


def _ask_password() -> None:
    with st.form("sign_in", border=False):
        username = st.text_input("User name", key="username", autocomplete="username")
        password = st.text_input("Password", type="password", autocomplete="current-password")
        pressed = st.form_submit_button("Sign in", type="primary")
    if pressed:
        _try(lambda: enter((username or "").strip(), password or ""))
    if _may_be_demo() and st.button("Sign in as the demo user"):
        _try(enter_as_demo)


def _ask_new_password() -> None:
    with st.form("new_password", border=False):
        password = st.text_input("New password", type="password", help=RULES)
        st.caption(RULES)
        pressed = st.form_submit_button("Sign in", type="primary")
    if pressed:
        challenge: NewPassword = st.session_state[CHALLENGE]
        _try(lambda: choose_password(challenge, password or ""))


def _may_be_demo() -> bool:
    try:
        return deployment().offers_demo
    except UserError:
        return False


def _try(get_in: Callable[[], Member | NewPassword]) -> None:
    try:
        with st.spinner("Signing in…"):
            found = get_in()
    except ServiceError as problem:
        if problem.kind == "wrong" and CHALLENGE in st.session_state:
            st.session_state[WHY] = TOOK_TOO_LONG
            del st.session_state[CHALLENGE]
            st.rerun()
        st.error(problem.words, icon=":material/error:")
        return
    if isinstance(found, NewPassword):
        st.session_state[CHALLENGE] = found
    else:
        _let_in(found)
    st.rerun()


def _let_in(found: Member) -> None:
    """Begin a session; what another user saw in this tab goes first."""
    before = member()
    if before and before.session.subject != found.session.subject:
        st.session_state.clear()
    for name in (ENDED, WHY, CHALLENGE):
        st.session_state.pop(name, None)
    st.session_state[MEMBER] = found
    for key, poll in st.session_state.items():
        if str(key).startswith("poll."):
            poll.clear_error()
