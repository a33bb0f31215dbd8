"""What the forms that change something share: the change, what came of it, and removals."""

from collections.abc import Callable

import streamlit as st

from dashboard import components, sign_in
from dashboard.data.changes import Change
from dashboard.data.errors import ServiceError
from dashboard.data.messages import OWN_TEXTS, plain


class ChangeForms:
    """The forms of a page, whose polls a change refreshes. The first one names the page."""

    def __init__(self, *polls: str) -> None:
        self._polls = polls
        self._change, self._failure, self._to_remove = (
            f"{polls[0]}.{name}" for name in ("change", "failure", "to_remove")
        )

    def change(self, action: Callable[[], Change]) -> None:
        """Make a change. The next run shows it, or why it failed, above the fresh lists."""
        for key in (self._to_remove, self._change, self._failure):
            st.session_state.pop(key, None)
        try:
            with st.spinner(OWN_TEXTS["changing"]):
                st.session_state[self._change] = action()
        except ServiceError as error:
            if error.kind == "ended":
                sign_in.end_session()
            st.session_state[self._failure] = error
        for poll in self._polls:
            components.poll(poll).refresh()
        st.rerun()

    def show_last(self) -> None:
        """What the viewer changed last; secrets until they hide them."""
        failure: ServiceError | None = st.session_state.pop(self._failure, None)
        if failure:
            is_certain = failure.kind in ("not_changed", "not_sent", "admin_needed")
            advice = "" if is_certain else f" {OWN_TEXTS['maybe_changed']}"
            st.error(f"{failure.message}{advice}", icon=":material/error:")
        made: Change | None = st.session_state.get(self._change)
        if not made:
            return
        st.success(made.text, icon=":material/check:")
        if not made.secrets:
            del st.session_state[self._change]
            return
        st.write(OWN_TEXTS["shown_once"])
        for name, value in made.secrets.items():
            st.caption(name)
            st.code(value, language=None)
        st.button("Hide", on_click=st.session_state.pop, args=(self._change, None))

    def confirm_removal(self, kind: str, name: str, action: Callable[[], Change]) -> None:
        """A button that asks, and then one that removes."""
        asked = (kind, name)
        if st.session_state.get(self._to_remove) != asked:
            ask = {self._to_remove: asked}
            st.button(OWN_TEXTS[f"ask_{kind}"], on_click=st.session_state.update, kwargs=ask)
            return
        st.warning(OWN_TEXTS[f"remove_{kind}"].format(name=plain(name)), icon=":material/warning:")
        if st.button(f"Yes, remove {plain(name)}", type="primary"):
            self.change(action)
        st.button("Cancel", on_click=st.session_state.pop, args=(self._to_remove, None))
