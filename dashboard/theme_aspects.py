"""The part of the page Themes that shows what documents praise and criticise."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import components, sign_in
from dashboard.components import Columns
from dashboard.data import aspects
from dashboard.data.aspects import Aspects
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.filters import Filters
from dashboard.data.messages import GLOSSARY, OWN_GLOSSARY, OWN_TEXTS, plain
from dashboard.data.themes import Documents


def show(filters: Filters, is_masked: bool, every: float) -> None:
    """The aspects, fetched again after `every` seconds."""
    st.header("Praised and criticised", anchor=False, help=OWN_GLOSSARY["Aspect"])
    api = sign_in.signed_in().api
    poll: CachedPoll[Aspects] = components.poll("aspects")
    query = filters, is_masked
    snapshot = poll.get(query, lambda: aspects.load(api, *query, datetime.now(UTC)), every=every)
    components.show("aspects", snapshot, lambda found: show_aspects(found, query))


def show_aspects(found: Aspects, query: object) -> None:
    st.caption(aspects.read_text(found))
    empty = aspects.no_aspect(found)
    if empty:
        st.info(empty)
        return
    st.caption(OWN_TEXTS["choose_aspect"])
    columns: Columns = {
        "Mean score": st.column_config.NumberColumn(format="%+.2f", help=GLOSSARY["Score"])
    }
    row = components.choose_row(found.table, "Praised and criticised", query, columns)
    if row is not None:
        st.subheader(plain(f"Sentences: {found.table['Aspect'][row]}"), anchor=False)
        show_sides(found.praise[row], found.criticism[row])


def show_sides(praise: Documents, criticism: Documents) -> None:
    """The sentences of both sides, side by side."""
    left, right = st.columns(2)
    with left:
        show_side("Praise", praise, OWN_TEXTS["no_praise"])
    with right:
        show_side("Criticism", criticism, OWN_TEXTS["no_criticism"])


def show_side(title: str, sentences: Documents, empty: str) -> None:
    """Texts that others wrote: as text, without Markdown."""
    st.markdown(f"**{title}**")
    if not sentences:
        st.caption(empty)
    for sentence in sentences:
        with st.container(border=True):
            st.text(str(sentence["text"]))
            st.text(aspects.origin(sentence))
