"""The page Sources: volume and sentiment of each source, ratings, and live sources."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import components, rating_panel, sign_in, source_forms
from dashboard.charts import sources
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.filters import Filters
from dashboard.data.messages import GLOSSARY, LABELS, TEXTS
from dashboard.data.sources import (
    DEFAULT_SOURCES,
    MAX_SOURCES,
    NUMBERS,
    Comparison,
    as_table,
    compare,
    over_time_table,
    shares,
)

EVERY = 15.0


def page() -> None:
    st.title("Sources", anchor=False, help=GLOSSARY["Source"])
    filters = components.choose_filters(has_source=False, has_sentiment=False)
    if filters:
        st.fragment(show, run_every=EVERY if sign_in.is_open() else None)(filters)
        rating_panel.show(filters)
    source_forms.show()


def show(filters: Filters) -> None:
    """The fragment that refreshes."""
    api, chosen = sign_in.signed_in().api, choose_sources()
    poll: CachedPoll[Comparison] = components.poll("sources")
    snapshot = poll.get((filters, chosen), lambda: compare(api, filters, chosen, datetime.now(UTC)))
    components.show("sources", snapshot, show_compared)
    if snapshot.answer:
        components.offer_sources(sorted(snapshot.answer.sources["source"]))


def choose_sources() -> tuple[str, ...] | None:
    """The sources to show over time; None for those with the most documents."""
    chosen = st.multiselect(
        "Sources over time",
        st.session_state.get(components.SOURCES, []),
        key="sources.chosen",
        persist_state="session",
        max_selections=MAX_SOURCES,
        placeholder=f"The {DEFAULT_SOURCES} with the most documents",
    )
    return tuple(chosen) or None


def show_compared(compared: Comparison) -> None:
    components.show_counted(compared.counted)
    if compared.all_sources.empty:
        st.info(TEXTS["no_sources"])
        return
    st.header("Sources compared", anchor=False)
    share = st.column_config.NumberColumn(format="%.1f%%")
    st.dataframe(
        as_table(compared.all_sources),
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
    every = compared.all_sources
    components.show_unscored(int(every["unscored"].sum()), int(every["total"].sum()))
    if compared.has_other_sources:
        st.caption(TEXTS["other_sources_reason"])
    largest = shares(compared.all_sources)
    st.altair_chart(sources.shares(largest), alt="Shares of the sentiments of each source")
    st.header("Over time", anchor=False)
    title = str(st.radio("Number", list(NUMBERS), horizontal=True))
    number = NUMBERS[title]
    components.chart(
        sources.over_time(compared.over_time, compared.span.bucket, number, title),
        f"{title} of each source over time",
        over_time_table(compared, number).reset_index(),
    )


page()
