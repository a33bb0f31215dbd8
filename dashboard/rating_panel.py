"""The part of the page Sources that compares ratings with scores."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import components, sign_in
from dashboard.charts import ratings as charts
from dashboard.cited_documents import show_documents
from dashboard.data import explore, ratings
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.filters import Filters
from dashboard.data.messages import GLOSSARY, OWN_TEXTS, plural
from dashboard.data.ratings import Rated

EVERY = 60.0
"""Seconds after which a visit fetches again: several requests, each of many documents."""
SHOWN = 100
"""Documents that the table lists at most."""


def show(filters: Filters) -> None:
    """The fragment, which does not refresh while the viewer reads."""
    st.header("Ratings and scores", anchor=False, help=GLOSSARY["Rating"])
    st.fragment(_show)(filters)


def _show(filters: Filters) -> None:
    api = sign_in.signed_in().api
    poll: CachedPoll[Rated] = components.poll("ratings")
    snapshot = poll.get(filters, lambda: ratings.load(api, filters, datetime.now(UTC)), every=EVERY)
    components.show("ratings", snapshot, show_rated)


def show_rated(rated: Rated) -> None:
    empty = ratings.empty_text(rated)
    if empty:
        st.info(empty)
        return
    summary, counted = ratings.summary(rated), ratings.cells(rated)
    st.text(summary)
    components.chart(charts.heat_map(counted), summary, ratings.as_table(counted))
    if rated.disagreeing:
        _show_disagreeing(rated.disagreeing[:SHOWN], len(rated.disagreeing))


def _show_disagreeing(documents: list[dict[str, object]], number: int) -> None:
    with st.expander(f"Documents that disagree: {number:,}"):
        if number > len(documents):
            st.caption(OWN_TEXTS["ratings_listed"].format(documents=plural(SHOWN, "document")))
        st.caption(OWN_TEXTS["choose_rated"])
        row = components.choose_row(
            explore.table(documents)[["text", "rating", "compound", "sentiment", "source"]],
            "Documents whose rating disagrees with the score",
            tuple(str(one["id"]) for one in documents),
            {
                "text": st.column_config.TextColumn("Text", width="large"),
                "rating": st.column_config.NumberColumn("Rating", format="%g ★"),
                "compound": st.column_config.NumberColumn("Score", format="%+.2f"),
                "sentiment": "Sentiment",
                "source": "Source",
            },
        )
        if row is not None:
            show_documents([documents[row]])
