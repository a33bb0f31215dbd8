"""The page Engines: one text through both engines, and where they agree on stored documents."""

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.data import NothingToShow, client
from dashboard.engines_data import Said, agreement, compare, engine_names, scored_by_both

EXAMPLE = "The battery is great, but I would not buy this phone again."


def page() -> None:
    st.title("Engines")
    try_a_text()
    stored_documents()


def try_a_text() -> None:
    st.subheader("One text, both engines")
    text = st.text_area("Text", EXAMPLE, max_chars=5000, help="At most 5,000 characters")
    if not text.strip():
        st.info("Type a text to see what the engines make of it.")
        return
    for column, said in zip(st.columns(2), compare(text), strict=True):
        with column:
            show_said(said)


def show_said(said: Said) -> None:
    st.markdown(f"**{said.title}**")
    if said.failure:
        st.warning(said.failure)
        return
    st.metric(
        "Sentiment", said.sentiment, f"compound {said.compound:+.3f}", "off", delta_arrow="off"
    )
    st.altair_chart(charts.scores(said.scores))
    if said.note:
        st.caption(said.note)


def stored_documents() -> None:
    st.subheader("Stored documents that both have scored")
    try:
        both = scored_by_both(client())
    except NothingToShow as error:
        client.clear()
        st.error(str(error), icon=":material/error:")
        return
    if both.empty:
        st.info(
            "No document has been scored by both engines yet. Score the stored ones with the"
            " other engine: `make rescore ENGINE=comprehend`"
        )
        return
    show_agreement(both)


def show_agreement(both: pd.DataFrame) -> None:
    share = (both["vader"] == both["comprehend"]).mean()
    left, right = st.columns([1, 2])
    left.metric("Documents scored by both", f"{len(both):,}")
    left.metric("Same label", f"{100 * share:.1f} %")
    left.caption(f"Comprehend is here: {engine_names(both)}")
    right.markdown("Documents by what VADER (rows) and Comprehend (columns) say")
    right.dataframe(agreement(both))
    st.markdown("Where they part furthest")
    apart = both.assign(apart=(both["vader_compound"] - both["comprehend_compound"]).abs())
    st.dataframe(
        apart.nlargest(20, "apart")[
            ["text", "vader", "vader_compound", "comprehend", "comprehend_compound", "source"]
        ],
        hide_index=True,
        column_config={"text": st.column_config.TextColumn("Text", width="large")},
    )


page()
