"""The page Sources: who sends how much, and how it feels, side by side and over time."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import door, parts, sources_charts
from dashboard.filters import Filters
from dashboard.fresh import Fresh
from dashboard.sources_data import (
    COMPARED,
    MOST,
    Compared,
    as_table,
    compare,
    over_time_table,
    shares,
)
from dashboard.words import GLOSSARY, LABELS

EVERY = 15.0
NUMBERS = {"Mean score": "mean_compound", "Documents": "total"}


def page() -> None:
    st.title("Sources", anchor=False, help=GLOSSARY["Source"])
    filters = parts.ask_filters(only_period=True)
    if filters:
        st.fragment(show, run_every=EVERY if door.is_open() else None)(filters)


def show(filters: Filters) -> None:
    """The part that refreshes."""
    api, chosen = door.signed_in().api, ask_sources()
    fresh: Fresh[Compared] = parts.fresh("sources")
    seen = fresh.look((filters, chosen), lambda: compare(api, filters, chosen, datetime.now(UTC)))
    parts.show("sources", seen, show_compared)
    if seen.answer:
        parts.know_sources(sorted(seen.answer.sources["source"]))


def ask_sources() -> tuple[str, ...] | None:
    """Which sources to follow over time; None for those with the most documents."""
    chosen = st.multiselect(
        "Followed over time",
        st.session_state.get(parts.SOURCES, []),
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
    st.altair_chart(sources_charts.shares(drawn), alt="Shares of the sentiments of each source")
    st.header("Over time", anchor=False)
    title = str(st.radio("Number", list(NUMBERS), horizontal=True))
    number = NUMBERS[title]
    parts.chart(
        sources_charts.over_time(compared.over_time, compared.span.bucket, number, title),
        f"{title} of each source over time",
        over_time_table(compared, number).reset_index(),
    )


page()
