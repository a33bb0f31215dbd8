"""Sign-in, the end of a session, and sign-out."""

from collections.abc import Callable

import streamlit as st

from dashboard.data.auth import Member, answer, enter, enter_as_demo
from dashboard.data.deployment import deployment
from dashboard.data.errors import ServiceError, translate_errors
from dashboard.data.messages import TEXTS
from echostream_client.challenges import AppRequired, Challenge, NewPassword

MEMBER, ENDED, REASON, CHALLENGE = "member", "ended", "reason", "challenge"


def member() -> Member | None:
    """The member who signed in in this tab, even after their session; None if there is none."""
    signed_in_member: Member | None = st.session_state.get(MEMBER)
    return signed_in_member


def signed_in() -> Member:
    """The member who views a page: `app.py` runs pages for signed-in members only."""
    viewer: Member = st.session_state[MEMBER]
    return viewer


def is_open() -> bool:
    """Whether the session is valid, as of the last request."""
    return member() is not None and not st.session_state.get(ENDED)


def end_session() -> None:
    """Ask the viewer to sign in again; loaded data and filters stay."""
    if not st.session_state.get(ENDED):
        st.session_state[ENDED] = True
        st.rerun()


def sign_out() -> None:
    """Remove everything of this viewer and revoke the session in the pool."""
    viewer = member()
    st.session_state.clear()
    st.session_state[REASON] = TEXTS["signed_out"]
    if viewer:
        viewer.session.end()


def show() -> None:
    """The form; after the end of a session it stands above the page."""
    with st.container(width=420, horizontal_alignment="left", key="sign_in_panel"):
        if st.session_state.get(ENDED):
            st.header(TEXTS["session_ended"], anchor=False)
            st.write(TEXTS["sign_in_again"])
        else:
            st.header("Sign in", anchor=False)
            st.write(st.session_state.get(REASON, TEXTS["sign_in_required"]))
        if CHALLENGE in st.session_state:
            _show_challenge(st.session_state[CHALLENGE])
        else:
            _show_password_form()
        st.caption(TEXTS["session_lifetime"])


def _show_password_form() -> None:
    with st.form("sign_in", border=False):
        username = st.text_input("User name", key="username", autocomplete="username")
        password = st.text_input("Password", type="password", autocomplete="current-password")
        is_submitted = st.form_submit_button("Sign in", type="primary")
    if is_submitted:
        _try(lambda: enter((username or "").strip(), password or ""))
    _offer_demo_user()


def _offer_demo_user() -> None:
    """The demo user's button; where nothing is deployed, the reason instead."""
    try:
        with translate_errors():
            is_offered = deployment().offers_demo
    except ServiceError as error:
        if member() is None:
            st.error(error.message, icon=":material/error:")
        return
    if is_offered and st.button("Sign in as the demo user"):
        _try(enter_as_demo)


def _show_challenge(challenge: Challenge) -> None:
    """The form for a new password, or for a code of the authenticator app."""
    if isinstance(challenge, AppRequired):
        st.write(TEXTS["app_setup"])
        show_secret(challenge.secret, challenge.uri)
    asks_password = isinstance(challenge, NewPassword)
    hint = TEXTS["password_rules" if asks_password else "code_required"]
    with st.form(challenge.name, border=False):
        if asks_password:
            text = st.text_input("New password", type="password", help=hint)
        else:
            text = st.text_input("Code", autocomplete="one-time-code")
        st.caption(hint)
        is_submitted = st.form_submit_button("Sign in", type="primary")
    if is_submitted:
        _try(lambda: answer(challenge, text if asks_password else without_spaces(text)))


def show_secret(secret: str, uri: str) -> None:
    """The secret of an authenticator app, to type it in or to open it in the app."""
    st.code(secret, language=None)
    st.caption(TEXTS["app_link"])
    st.code(uri, language=None, wrap_lines=True)


def without_spaces(code: str) -> str:
    """A code as the pool expects it; apps show it in two groups of three digits."""
    return "".join(code.split())


def _try(attempt: Callable[[], Member | Challenge]) -> None:
    try:
        with st.spinner("Signing in…"):
            result = attempt()
    except ServiceError as error:
        if error.kind == "wrong" and CHALLENGE in st.session_state:
            st.session_state[REASON] = TEXTS["sign_in_expired"]
            del st.session_state[CHALLENGE]
            st.rerun()
        st.error(error.message, icon=":material/error:")
        return
    if isinstance(result, Member):
        _begin_session(result)
    else:
        st.session_state[CHALLENGE] = result
    st.rerun()


def _begin_session(viewer: Member) -> None:
    """Begin a session; the data of another user in this tab is removed first."""
    before = member()
    if before and before.session.subject != viewer.session.subject:
        st.session_state.clear()
    for name in (ENDED, REASON, CHALLENGE):
        st.session_state.pop(name, None)
    st.session_state[MEMBER] = viewer
    for key, poll in st.session_state.items():
        if str(key).startswith("poll."):
            poll.clear_error()
