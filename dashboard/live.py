"""The page Live: what came in, how it feels over time, and the newest documents."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.data import PERIODS, SENTIMENTS, Filters, NothingToShow, Picture, client, look

REFRESH = "5s"
DEFAULT_PERIOD = "Last 48 hours"


def page() -> None:
    st.title("Live")
    choose, refresh = st.columns([5, 1], vertical_alignment="bottom")
    with choose:
        filters = ask_filters()
    automatic = refresh.toggle("Refresh", value=True, help=f"By itself, every {REFRESH}")
    st.fragment(show, run_every=REFRESH if automatic else None)(filters)


def ask_filters() -> Filters:
    period, source, sentiment = st.columns(3)
    names = list(PERIODS)
    chosen = period.selectbox("Period", names, index=names.index(DEFAULT_PERIOD))
    known = st.session_state.get("sources", [])
    return Filters(
        period=PERIODS[chosen],
        source=source.selectbox("Source", [None, *known], format_func=lambda name: name or "All"),
        sentiment=sentiment.selectbox(
            "Sentiment", [None, *SENTIMENTS], format_func=lambda name: name or "All"
        ),
    )


def show(filters: Filters) -> None:
    """The part that refreshes. What was last seen stays, with its age, when the API fails."""
    try:
        picture = look(client(), filters)
    except NothingToShow as error:
        client.clear()
        show_failure(str(error), filters)
        return
    st.session_state["last"] = (filters, picture)
    if st.session_state.get("sources") != picture.sources and not filters.source:
        st.session_state["sources"] = picture.sources
        st.rerun()
    show_picture(picture, filters)


def show_failure(reason: str, filters: Filters) -> None:
    st.error(reason, icon=":material/error:")
    seen, picture = st.session_state.get("last", (None, None))
    if seen != filters:
        st.info("Nothing was fetched with these filters yet, so there is nothing to show.")
        return
    age = datetime.now(UTC) - picture.as_of
    st.warning(f"What follows was fetched {int(age.total_seconds())} seconds ago.")
    show_picture(picture, filters)


def show_picture(picture: Picture, filters: Filters) -> None:
    st.caption(f"As of {picture.as_of:%Y-%m-%d %H:%M:%S} UTC")
    if picture.over_time.empty and picture.newest.empty:
        st.info(
            "No documents match. Choose a longer period or fewer filters, or send some with"
            " `make seed N=1000`."
        )
        return
    show_numbers(picture)
    left, right = st.columns(2)
    left.subheader("Documents")
    left.altair_chart(charts.volume(picture.over_time, filters.bucket))
    right.subheader("Sentiment")
    if filters.sentiment:
        right.info("The mean score is over all sentiments; choose All to see it.")
    else:
        right.altair_chart(charts.compound(picture.over_time, filters.bucket))
    show_newest(picture)


def show_numbers(picture: Picture) -> None:
    counted = picture.over_time
    total = int(counted["total"].sum())
    mean = (counted["mean_compound"] * counted["total"]).sum(skipna=False) / max(total, 1)
    numbers = st.columns(4)
    numbers[0].metric("Documents", f"{total:,}")
    for column, name in zip(numbers[1:3], ("positive", "negative"), strict=True):
        column.metric(name.capitalize(), f"{100 * counted[name].sum() / max(total, 1):.1f} %")
    shown = "-" if pd.isna(mean) else f"{mean:+.3f}"
    numbers[3].metric("Mean compound", shown, help="From -1 (negative) to 1 (positive)")


def show_newest(picture: Picture) -> None:
    st.subheader("Newest documents")
    st.dataframe(
        picture.newest,
        hide_index=True,
        column_config={
            "created_at": st.column_config.DatetimeColumn(
                "Time (UTC)", format="YYYY-MM-DD HH:mm:ss", timezone="UTC", width=170
            ),
            "sentiment": "Sentiment",
            "compound": st.column_config.NumberColumn("Compound", format="%.3f", width="small"),
            "source": "Source",
            "author": "Author",
            "text": st.column_config.TextColumn("Text", width="large"),
            "engine": "Engine",
        },
    )


page()
