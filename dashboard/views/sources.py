"""The page Sources: who sends how much, and how it feels, side by side and over time."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import components, sign_in
from dashboard.charts import sources
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.filters import Filters
from dashboard.data.messages import GLOSSARY, LABELS
from dashboard.data.sources import (
    COMPARED,
    MOST,
    Compared,
    as_table,
    compare,
    over_time_table,
    shares,
)

EVERY = 15.0
NUMBERS = {"Mean score": "mean_compound", "Documents": "total"}


def page() -> None:
    st.title("Sources", anchor=False, help=GLOSSARY["Source"])
    filters = components.ask_filters(only_period=True)
    if filters:
        st.fragment(show, run_every=EVERY if sign_in.is_open() else None)(filters)


def show(filters: Filters) -> None:
    """The part that refreshes."""
    api, chosen = sign_in.signed_in().api, ask_sources()
    poll: CachedPoll[Compared] = components.poll("sources")
    seen = poll.get((filters, chosen), lambda: compare(api, filters, chosen, datetime.now(UTC)))
    components.show("sources", seen, show_compared)
    if seen.answer:
        components.know_sources(sorted(seen.answer.sources["source"]))


def ask_sources() -> tuple[str, ...] | None:
    """Which sources to follow over time; None for those with the most documents."""
    chosen = st.multiselect(
        "Followed over time",
        st.session_state.get(components.SOURCES, []),
        key="sources.chosen",
        persist_state="session",
        max_selections=MOST,
        placeholder=f"The {COMPARED} with the most documents",
    )
    return tuple(chosen) or None


def show_compared(compared: Compared) -> None:
    if compared.sources.empty:
        st.info("No source sent anything in this period. Choose a longer one.")
        return
    st.header("Sources compared", anchor=False)
    share = st.column_config.NumberColumn(format="%.1f%%")
    st.dataframe(
        as_table(compared.sources),
        hide_index=True,
        alt="Sources compared",
        column_config={
            **dict.fromkeys(LABELS.values(), share),
            "Documents": st.column_config.NumberColumn("Documents", format="localized"),
            "Mean score": st.column_config.NumberColumn(
                "Mean score", format="%+.2f", help=GLOSSARY["Score"]
            ),
        },
    )
    drawn = shares(compared.sources)
    st.altair_chart(sources.shares(drawn), alt="Shares of the sentiments of each source")
    st.header("Over time", anchor=False)
    title = str(st.radio("Number", list(NUMBERS), horizontal=True))
    number = NUMBERS[title]
    components.chart(
        sources.over_time(compared.over_time, compared.span.bucket, number, title),
        f"{title} of each source over time",
        over_time_table(compared, number).reset_index(),
    )


page()
