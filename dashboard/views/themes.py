"""The page Themes: what documents of a period are about, what changed, and what is new."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import components, sign_in, theme_aspects, theme_digest
from dashboard.charts import themes
from dashboard.cited_documents import show_cited, show_drivers
from dashboard.components import Columns
from dashboard.data import theme_texts
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.filters import Filters
from dashboard.data.messages import GLOSSARY, OWN_GLOSSARY, OWN_TEXTS, SECONDS
from dashboard.data.themes import (
    PREVIOUS,
    Overview,
    Query,
    choice_label,
    choices,
    load,
    shares_table,
)

EVERY = SECONDS["themes_refresh"]  # one request reads thousands of documents
AGAINST = "themes.against"


def page() -> None:
    st.title("Themes", anchor=False, help=GLOSSARY["Theme"])
    filters = components.choose_filters()
    if filters:
        st.fragment(show, run_every=EVERY if sign_in.is_open() else None)(filters)


def show(filters: Filters) -> None:
    """The fragment that refreshes."""
    api = sign_in.signed_in().api
    query = Query(filters, choose_against(filters), choose_mask())
    poll: CachedPoll[Overview] = components.poll("themes")
    snapshot = poll.get(query, lambda: load(api, query, datetime.now(UTC)), every=EVERY)
    components.show("themes", snapshot, lambda overview: show_overview(overview, query))
    if snapshot.answer:
        components.offer_sources(snapshot.answer.sources)
        if snapshot.answer.read:
            theme_aspects.show(filters, query.is_masked, EVERY)


def choose_against(filters: Filters) -> str:
    """What the period is compared with, as the API's parameter `against`."""
    chosen = st.session_state.get(AGAINST, PREVIOUS)
    offered = choices(filters, st.session_state.get(components.SOURCES, []), chosen)
    if chosen not in offered:  # the filters have the source or the sentiment now
        st.session_state[AGAINST] = PREVIOUS
    against: str = st.selectbox(
        "Compare with", offered, format_func=choice_label, key=AGAINST, persist_state="session"
    )
    return against


def choose_mask() -> bool:
    """Whether the texts of the page have slurs and personal data masked."""
    masked: bool = st.checkbox(
        "Mask slurs and personal data",
        key="themes.mask",
        help=OWN_TEXTS["mask"],
        persist_state="session",
    )
    return masked


def show_overview(overview: Overview, query: Query) -> None:
    empty = theme_texts.no_documents(overview, query.filters)
    if empty:
        st.info(empty)
        return
    theme_digest.show(query)
    st.header("What the documents are about", anchor=False)
    show_themes(overview, query)
    show_changes(overview, query)
    show_emerging(overview, query)


def show_themes(overview: Overview, query: object) -> None:
    st.caption(theme_texts.read_text(overview))
    empty = theme_texts.no_theme(overview)
    if empty:
        st.info(empty)
        return
    title = "Share of each theme by sentiment"
    components.chart(themes.shares(overview.shares), title, shares_table(overview))
    st.caption(OWN_TEXTS["choose_theme"])
    columns: Columns = {
        "Share": st.column_config.NumberColumn(format="%.1f%%"),
        "Change": st.column_config.NumberColumn(
            "Change (points)", format="%+.1f", help=OWN_TEXTS["points"]
        ),
        "Mean score": st.column_config.NumberColumn(format="%+.2f", help=GLOSSARY["Score"]),
        "Effect": st.column_config.NumberColumn(
            "Effect on the mean", format="%+.3f", help=OWN_GLOSSARY["Effect"]
        ),
    }
    show_cited(overview.themes, "Themes", query, columns)


def show_changes(overview: Overview, query: object) -> None:
    st.header("What changed" if overview.against.is_earlier else "What differs", anchor=False)
    show_drivers(overview, query, theme_texts.other_comparison(overview))


def show_emerging(overview: Overview, query: object) -> None:
    st.header("What is new", anchor=False)
    st.caption(theme_texts.since_text(overview))
    empty = theme_texts.nothing_new(overview)
    if empty:
        st.info(empty)
        return
    columns: Columns = {
        "Expected": st.column_config.NumberColumn("Expected documents", format="%.1f"),
        "Probability": st.column_config.NumberColumn("Probability by chance", format="scientific"),
    }
    st.caption(theme_texts.discoveries(overview))
    st.caption(OWN_TEXTS["choose_term"])
    show_cited(overview.emerging, "New terms", query, columns)


page()
