"""The page Live: what came in, how it feels over time, and the newest documents."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboard import components, sign_in
from dashboard.charts import documents
from dashboard.data import live
from dashboard.data.cached_poll import EVERY, CachedPoll
from dashboard.data.filters import Filters
from dashboard.data.formatting import count, percent, score
from dashboard.data.messages import GLOSSARY


def page() -> None:
    st.title("Live", anchor=False)
    filters = components.ask_filters()
    paused = st.toggle("Pause updates", key="live.paused", persist_state="session")
    if filters:
        st.fragment(show, run_every=None if paused or not sign_in.is_open() else EVERY)(
            filters, paused
        )


def show(filters: Filters, paused: bool) -> None:
    """The part that refreshes."""
    api = sign_in.signed_in().api
    poll: CachedPoll[live.Picture] = components.poll("live")
    seen = poll.get(filters, lambda: live.look(api, filters, datetime.now(UTC)), hold=paused)
    components.show("live", seen, lambda picture: show_picture(picture, filters), paused)
    if seen.answer:
        components.know_sources(seen.answer.sources)


def show_picture(picture: live.Picture, filters: Filters) -> None:
    show_numbers(picture.numbers, filters)
    if picture.newest.empty and not picture.numbers.documents:
        st.info(
            "No document matches these filters. Choose a longer period, or clear the filters."
            if filters.source or filters.sentiment
            else "There are no documents in this period. Choose a longer one, or send some to the"
            " API: they appear here within seconds. `make seed N=1000` sends a thousand."
        )
        return
    show_charts(picture, filters)
    st.header("Newest documents", anchor=False)
    show_documents(picture.newest)


def show_numbers(numbers: live.Numbers, filters: Filters) -> None:
    columns = st.columns(4)
    columns[0].metric("Documents", count(numbers.documents), help=GLOSSARY["Document"])
    columns[1].metric("Positive", percent(numbers.positive, numbers.total))
    columns[2].metric("Negative", percent(numbers.negative, numbers.total))
    columns[3].metric("Mean score", score(numbers.mean), help=GLOSSARY["Score"])
    if filters.sentiment:
        st.caption("Shares and mean score are over all sentiments.")


def show_charts(picture: live.Picture, filters: Filters) -> None:
    counted, bucket = picture.over_time, picture.span.bucket
    table = live.as_table(counted, bucket)
    st.header("Volume and sentiment over time", anchor=False)
    per = "Documents an hour" if bucket == "hour" else "Documents a day"
    components.chart(documents.volume(counted, bucket), f"{per} by sentiment", table)
    st.header("Mean score over time", anchor=False, help=GLOSSARY["Score"])
    if filters.sentiment:
        st.info("The mean score is over all sentiments; choose all of them to see it.")
    else:
        shown = table[["Start (UTC)", "Documents", "Mean score"]]
        components.chart(documents.mean(counted, bucket), "Mean score over time, -1 to +1", shown)


def show_documents(newest: pd.DataFrame) -> None:
    st.dataframe(
        newest,
        hide_index=True,
        alt="Newest documents",
        column_config={
            "created_at": st.column_config.DatetimeColumn(
                "Time (UTC)", format="YYYY-MM-DD HH:mm:ss", timezone="UTC", width=170
            ),
            "sentiment": st.column_config.TextColumn("Sentiment", width=95),
            "compound": st.column_config.NumberColumn("Score", format="%+.2f", width="small"),
            "source": "Source",
            "author": "Author",
            "text": st.column_config.TextColumn("Text", width="large"),
            "engine": "Engine",
        },
    )


page()
