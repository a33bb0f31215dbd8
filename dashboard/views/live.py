"""The page Live: counts, volume and sentiment over time, and the newest documents."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboard import components, live_alerts, sign_in
from dashboard.charts import documents
from dashboard.data import live
from dashboard.data.cached_poll import EVERY, CachedPoll
from dashboard.data.filters import Filters
from dashboard.data.formatting import count, percent, score
from dashboard.data.messages import GLOSSARY, TEXTS


def page() -> None:
    st.title("Live", anchor=False)
    filters = components.choose_filters()
    is_paused = st.toggle("Pause updates", key="live.paused", persist_state="session")
    if filters:
        st.fragment(show, run_every=None if is_paused or not sign_in.is_open() else EVERY)(
            filters, is_paused
        )


def show(filters: Filters, is_paused: bool) -> None:
    """The fragment that refreshes."""
    above = st.container()  # always there: elements after it keep their position
    live_alerts.fetch(is_paused)  # on its way while the numbers are fetched
    api = sign_in.signed_in().api
    poll: CachedPoll[live.Overview] = components.poll("live")
    snapshot = poll.get(filters, lambda: live.load(api, filters, datetime.now(UTC)), hold=is_paused)
    with above:
        live_alerts.show(live_alerts.fetch(is_paused))
    components.show("live", snapshot, lambda overview: show_overview(overview, filters), is_paused)
    if snapshot.answer:
        components.offer_sources(snapshot.answer.sources)


def show_overview(overview: live.Overview, filters: Filters) -> None:
    show_numbers(overview.numbers, filters)
    components.show_counted(overview.counted)
    if overview.newest.empty and not overview.numbers.documents:
        st.info(
            TEXTS["no_match"]
            if filters.source or filters.sentiment
            else f"{TEXTS['no_documents']} `make seed N=1000` sends a thousand."
        )
        return
    show_charts(overview, filters)
    st.header("Newest documents", anchor=False)
    show_documents(overview.newest)


def show_numbers(numbers: live.Numbers, filters: Filters) -> None:
    columns = st.columns(4)
    columns[0].metric("Documents", count(numbers.documents), help=GLOSSARY["Document"])
    columns[1].metric("Positive", percent(numbers.positive, numbers.scored))
    columns[2].metric("Negative", percent(numbers.negative, numbers.scored))
    columns[3].metric("Mean score", score(numbers.mean), help=GLOSSARY["Score"])
    components.show_unscored(numbers.unscored, numbers.total)
    if filters.sentiment:
        st.caption(TEXTS["shares_cover_all"])


def show_charts(overview: live.Overview, filters: Filters) -> None:
    counted, bucket = overview.over_time, overview.span.bucket
    if counted.empty:
        return  # the text below the numbers says why
    table = live.as_table(counted, bucket)
    st.header("Volume and sentiment over time", anchor=False)
    title = f"Documents per {bucket} by sentiment"
    components.chart(documents.volume(counted, bucket), title, table)
    st.header("Mean score over time", anchor=False, help=GLOSSARY["Score"])
    if filters.sentiment:
        st.info(TEXTS["mean_covers_all"])
    else:
        means = table[["Start (UTC)", "Documents", "Mean score"]]
        components.chart(documents.mean(counted, bucket), "Mean score over time, -1 to +1", means)


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
