"""Components that several pages share: filters, the age of data, charts with their table."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import sign_in
from dashboard.data.cached_poll import STALE_AFTER, CachedPoll, Snapshot
from dashboard.data.counted import Counted
from dashboard.data.filters import CUSTOM, DEFAULT_PERIOD, PERIODS, Filters, InvalidPeriod
from dashboard.data.formatting import moment, percent
from dashboard.data.messages import (
    GLOSSARY,
    LABELS,
    OWN_GLOSSARY,
    SENTIMENTS,
    TEXTS,
    duration,
    plain,
    plural,
)

SOURCES, ALL = "known_sources", ""
Answer = TypeVar("Answer")
Columns = dict[str, Any]
"""Streamlit's configuration of columns, by their names."""


def sidebar() -> None:
    """The signed-in user, the sign-out button and the glossary."""
    with st.sidebar:
        session = sign_in.signed_in().session
        st.text(f"Signed in as {session.username}")
        st.button("Sign out", on_click=sign_in.sign_out, width="stretch")
        with st.expander("Glossary"):
            for term, meaning in (GLOSSARY | OWN_GLOSSARY).items():
                st.markdown(f"**{term}** {plain(meaning)}")


def choose_filters(has_source: bool = True, has_sentiment: bool = True) -> Filters | None:
    """The filters, which all pages share; None, with a warning, for an invalid period."""
    columns = st.columns(3)
    with columns[0]:
        period = st.selectbox(
            "Period",
            [*PERIODS, CUSTOM],
            list(PERIODS).index(DEFAULT_PERIOD),
            key="filter.period",
            persist_state="session",
        )
    source = sentiment = begin = end = None
    if has_source:
        with columns[1]:
            source = _choose_source()
    if has_sentiment:
        with columns[2]:
            sentiment = _choose_sentiment()
    if period == CUSTOM:
        begin, end = choose_times("filter")
    chosen = Filters(period, source, sentiment, begin, end)
    if not chosen.are_default:
        st.button("Clear the filters", on_click=_clear)
    try:
        chosen.span(datetime.now(UTC))
    except InvalidPeriod as error:
        st.warning(str(error), icon=":material/error:")
        return None
    return chosen


def _choose_sentiment() -> str | None:
    sentiment: str = st.selectbox(
        "Sentiment",
        [ALL, *SENTIMENTS],
        format_func=lambda name: LABELS[name] if name else "All sentiments",
        key="filter.sentiment",
        persist_state="session",
        help=GLOSSARY["Sentiment"],
    )
    return sentiment or None


def _choose_source() -> str | None:
    chosen = st.session_state.get("filter.source", ALL)
    offered = [*st.session_state.get(SOURCES, [])]
    names = offered if chosen in (ALL, *offered) else [*offered, chosen]
    source: str = st.selectbox(
        "Source",
        [ALL, *names],
        format_func=lambda name: name or "All sources",
        key="filter.source",
        persist_state="session",
        help=GLOSSARY["Source"],
    )
    return source or None


def choose_times(name: str) -> tuple[datetime | None, datetime | None]:
    """Start and end of a period in UTC, without a zone; `name` is that of the choice."""
    left, right = st.columns(2)
    begin = left.datetime_input(
        "From (UTC)", None, key=f"{name}.begin", format="YYYY-MM-DD", persist_state="session"
    )
    end = right.datetime_input(
        "To (UTC), empty for now",
        None,
        key=f"{name}.end",
        format="YYYY-MM-DD",
        persist_state="session",
    )
    return begin, end


def _clear() -> None:
    st.session_state["filter.period"] = DEFAULT_PERIOD
    st.session_state["filter.source"] = st.session_state["filter.sentiment"] = ALL
    st.session_state["filter.begin"] = st.session_state["filter.end"] = None


def offer_sources(names: list[str]) -> None:
    """Offer these sources in the filters of all pages."""
    if st.session_state.get(SOURCES) != names:
        st.session_state[SOURCES] = names
        st.rerun()


def poll(page: str) -> CachedPoll[Answer]:
    """This viewer's poll for a page."""
    stored: CachedPoll[Answer] = st.session_state.setdefault(f"poll.{page}", CachedPoll())
    return stored


def show(
    page: str,
    snapshot: Snapshot[Answer],
    draw: Callable[[Answer], None],
    is_paused: bool = False,
    keeps_trying: bool = True,
) -> None:
    """The answer with its age, below the last error; without an answer, the reason."""
    if snapshot.error and snapshot.error.kind == "ended":
        sign_in.end_session()
    elif snapshot.error:
        advice = (
            f" {TEXTS['keeps_trying']}" if keeps_trying and not snapshot.error.is_permanent else ""
        )
        st.error(f"{snapshot.error.message}{advice}", icon=":material/error:")
        st.button("Try again", key=f"again.{page}", on_click=poll(page).refresh)
    if snapshot.answer is None or snapshot.as_of is None:
        if not snapshot.error:
            st.info("Loading. The service has not responded yet.")
        elif snapshot.error.kind == "ended":
            st.info("No data was loaded with these filters before the session ended.")
        return
    _show_age(snapshot.as_of, snapshot.age, is_paused, bool(snapshot.error) or snapshot.is_late)
    draw(snapshot.answer)


def _show_age(as_of: datetime, age: float, is_paused: bool, is_failing: bool) -> None:
    """The time of the answer; a warning if it is stale because requests fail or take long."""
    is_stale = age > STALE_AFTER
    if is_stale and is_failing:
        st.warning(f"This page shows data as of {moment(as_of)}, {duration(age)} ago.")
        return
    prefix = "Paused. " if is_paused else ""
    ago = f", {duration(age)} ago" if is_stale else ""
    st.caption(f"{prefix}As of {moment(as_of)}{ago}", help=GLOSSARY["As of"])


def show_counted(counted: Counted) -> None:
    """How far the numbers and charts of a page are."""
    st.caption(counted.text, help=GLOSSARY["Counted up to"])


def show_unscored(number: int, total: int) -> None:
    """How many documents have no score, if there are any."""
    if number:
        values = {"documents": plural(number, "document"), "share": percent(number, total)}
        st.caption(TEXTS["unscored_share"].format(**values), help=GLOSSARY["Not scored"])


def chart(drawn: alt.Chart | alt.LayerChart, alternative: str, table: pd.DataFrame) -> None:
    """A chart with its text alternative and its data as a table."""
    st.altair_chart(drawn, alt=alternative)
    with st.expander("Show as a table"):
        st.dataframe(table, hide_index=True, alt=alternative, placeholder="")


def choose_row(table: pd.DataFrame, name: str, query: object, columns: Columns) -> int | None:
    """A table, and the position of the row that the viewer selects; None without a selection.

    The selection stays for the same rows of the same query.
    """
    first = table.columns[0]
    selection = st.dataframe(
        table,
        hide_index=True,
        alt=name,
        placeholder="",
        key=f"row.{name}.{hash((query, tuple(table[first])))}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={first: st.column_config.TextColumn(width="medium"), **columns},
    )
    rows = selection["selection"]["rows"]
    return rows[0] if rows and rows[0] < len(table) else None
