"""The page Engines: one text through both engines, and where they agree on stored documents."""

import pandas as pd
import streamlit as st

from dashboard import components, sign_in
from dashboard.charts import documents
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.engines import (
    DOCUMENTS,
    EngineScore,
    Stored,
    agreement,
    compare,
    engine_names,
    furthest_apart,
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
        help="At most 5,000 characters. It is scored and not kept.",
    )
    if not (text or "").strip():
        st.info("Type a text to see what the engines make of it.")
        return
    for column, said in zip(st.columns(2), compare(text, sign_in.signed_in()), strict=True):
        with column:
            show_said(said)


def show_said(said: EngineScore) -> None:
    st.markdown(f"**{said.title}**")
    if said.failure:
        st.warning(said.failure)
        return
    left, right = st.columns(2)
    left.metric("Sentiment", LABELS[said.sentiment], help=GLOSSARY["Sentiment"])
    right.metric("Score", score(said.compound), help=GLOSSARY["Score"])
    st.altair_chart(documents.scores(said.scores), alt=f"The four scores by {said.title}")
    if said.note:
        st.caption(said.note)


def stored_documents() -> None:
    st.header("Engines in use", anchor=False)
    api = sign_in.signed_in().api
    poll: CachedPoll[Stored] = components.poll("engines")
    st.button("Look again", on_click=poll.refresh)
    seen = poll.get("engines", lambda: stored(api), hold=True)
    components.show("engines", seen, show_stored, keeps_trying=False)


def show_stored(found: Stored) -> None:
    if not found.number:
        st.info("No document is kept yet. `make seed N=1000` sends a thousand.")
        return
    number = plural(found.number, "newest document")
    st.caption(f"What scored the {number}; at most {DOCUMENTS:,} are looked at.")
    st.dataframe(found.in_use, hide_index=True, alt="Engines in use")
    st.header("Where two engines have scored the same documents", anchor=False)
    if found.both.empty:
        st.info(
            "No document has been scored by both engines yet. Score the stored ones with the"
            " other engine: `make rescore ENGINE=comprehend`"
        )
        return
    show_agreement(found.both)


def show_agreement(both: pd.DataFrame) -> None:
    same = int((both["vader"] == both["comprehend"]).sum())
    left, right = st.columns([1, 2])
    left.metric("Documents scored by both", count(len(both)))
    left.metric("Same sentiment", percent(same, len(both)))
    left.caption(f"Comprehend is here: {engine_names(both)}")
    right.markdown("Documents by what VADER (rows) and Comprehend (columns) say")
    right.dataframe(agreement(both), alt="Documents by what VADER and Comprehend say")
    st.markdown("Where they part furthest")
    number = st.column_config.NumberColumn(format="%+.2f")
    st.dataframe(
        furthest_apart(both),
        hide_index=True,
        alt="Where they part furthest",
        column_config={
            "Text": st.column_config.TextColumn(width="large"),
            "VADER's score": number,
            "Comprehend's score": number,
        },
    )


page()
