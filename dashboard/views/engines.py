"""The page Engines: one text by both engines, and their agreement on stored documents."""

import pandas as pd
import streamlit as st

from dashboard import components, sign_in
from dashboard.charts import documents as charts
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.engines import (
    DOCUMENTS,
    EngineScore,
    Stored,
    agreement,
    compare,
    engine_names,
    largest_differences,
    stored,
)
from dashboard.data.formatting import count, percent, score
from dashboard.data.messages import GLOSSARY, LABELS, plural

EXAMPLE = "The battery is great, but I would not buy this phone again."


def page() -> None:
    st.title("Engines", anchor=False, help=GLOSSARY["Engine"])
    try_a_text()
    stored_documents()


def try_a_text() -> None:
    st.header("One text, both engines", anchor=False)
    text = st.text_area(
        "Text",
        EXAMPLE,
        key="engines.text",
        persist_state="session",
        max_chars=5000,
        help="At most 5,000 characters. The text is scored and not stored.",
    )
    if not (text or "").strip():
        st.info("Enter a text to see the scores of both engines.")
        return
    for column, result in zip(st.columns(2), compare(text, sign_in.signed_in()), strict=True):
        with column:
            show_score(result)


def show_score(result: EngineScore) -> None:
    st.markdown(f"**{result.title}**")
    if result.failure:
        st.warning(result.failure)
        return
    left, right = st.columns(2)
    left.metric("Sentiment", LABELS[result.sentiment], help=GLOSSARY["Sentiment"])
    right.metric("Score", score(result.compound), help=GLOSSARY["Score"])
    st.altair_chart(charts.scores(result.scores), alt=f"The four scores by {result.title}")
    if result.note:
        st.caption(result.note)


def stored_documents() -> None:
    st.header("Engines in use", anchor=False)
    api = sign_in.signed_in().api
    poll: CachedPoll[Stored] = components.poll("engines")
    st.button("Reload", on_click=poll.refresh)
    snapshot = poll.get("engines", lambda: stored(api), hold=True)
    components.show("engines", snapshot, show_stored, keeps_trying=False)


def show_stored(documents: Stored) -> None:
    if not documents.number:
        st.info("There are no documents yet. `make seed N=1000` sends a thousand.")
        return
    number = plural(documents.number, "newest document")
    st.caption(f"The engines of the {number}. This page reads at most {DOCUMENTS:,}.")
    st.dataframe(documents.in_use, hide_index=True, alt="Engines in use")
    st.header("Documents scored by both engines", anchor=False)
    if documents.both.empty:
        st.info(
            "No document has been scored by both engines yet. To score the stored ones with the"
            " other engine: `make rescore ENGINE=comprehend`"
        )
        return
    show_agreement(documents.both)


def show_agreement(both: pd.DataFrame) -> None:
    same = int((both["vader"] == both["comprehend"]).sum())
    left, right = st.columns([1, 2])
    left.metric("Documents scored by both", count(len(both)))
    left.metric("Same sentiment", percent(same, len(both)))
    left.caption(f"Comprehend: {engine_names(both)}")
    right.markdown("Documents by the sentiment of VADER (rows) and Comprehend (columns)")
    right.dataframe(agreement(both), alt="Documents by the sentiment of VADER and Comprehend")
    st.markdown("Largest differences")
    number = st.column_config.NumberColumn(format="%+.2f")
    st.dataframe(
        largest_differences(both),
        hide_index=True,
        alt="Largest differences",
        column_config={
            "Text": st.column_config.TextColumn(width="large"),
            "VADER's score": number,
            "Comprehend's score": number,
        },
    )


page()
