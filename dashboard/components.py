"""What several pages share: filters, the age of what is shown, charts with their table."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import sign_in
from dashboard.data.cached_poll import STALE_AFTER, CachedPoll, Snapshot
from dashboard.data.filters import CUSTOM, DEFAULT_PERIOD, PERIODS, Filters, InvalidPeriod
from dashboard.data.formatting import moment
from dashboard.data.messages import GLOSSARY, LABELS, OWN_GLOSSARY, SENTIMENTS, duration, plain

SOURCES, ALL = "known_sources", ""
Answer = TypeVar("Answer")


def sidebar() -> None:
    """Who is here, the way out, and what the words mean."""
    with st.sidebar:
        who = sign_in.signed_in().session
        st.text(f"Signed in as {who.username}")
        st.button("Sign out", on_click=sign_in.sign_out, width="stretch")
        with st.expander("What the words mean"):
            for word, meaning in (GLOSSARY | OWN_GLOSSARY).items():
                st.markdown(f"**{word}** {plain(meaning)}")


def ask_filters(only_period: bool = False) -> Filters | None:
    """The filters, the same on every page that has them; None, with words, where they make none."""
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
    if not only_period:
        with columns[1]:
            source = _ask_source()
        with columns[2]:
            sentiment = _ask_sentiment()
    if period == CUSTOM:
        begin, end = _ask_times()
    chosen = Filters(period, source, sentiment, begin, end)
    if not chosen.are_default:
        st.button("Clear the filters", on_click=_clear)
    try:
        chosen.span(datetime.now(UTC))
    except InvalidPeriod as problem:
        st.warning(str(problem), icon=":material/error:")
        return None
    return chosen


def _ask_sentiment() -> str | None:
    found: str = st.selectbox(
        "Sentiment",
        [ALL, *SENTIMENTS],
        format_func=lambda name: LABELS[name] if name else "All sentiments",
        key="filter.sentiment",
        persist_state="session",
        help=GLOSSARY["Sentiment"],
    )
    return found or None


def _ask_source() -> str | None:
    kept = st.session_state.get("filter.source", ALL)
    known = [*st.session_state.get(SOURCES, [])]
    names = known if kept in (ALL, *known) else [*known, kept]
    found: str = st.selectbox(
        "Source",
        [ALL, *names],
        format_func=lambda name: name or "All sources",
        key="filter.source",
        persist_state="session",
        help=GLOSSARY["Source"],
    )
    return found or None


def _ask_times() -> tuple[datetime | None, datetime | None]:
    left, right = st.columns(2)
    begin = left.datetime_input(
        "From (UTC)", None, key="filter.begin", format="YYYY-MM-DD", persist_state="session"
    )
    end = right.datetime_input(
        "To (UTC), empty for now",
        None,
        key="filter.end",
        format="YYYY-MM-DD",
        persist_state="session",
    )
    return begin, end


def _clear() -> None:
    st.session_state["filter.period"] = DEFAULT_PERIOD
    st.session_state["filter.source"] = st.session_state["filter.sentiment"] = ALL
    st.session_state["filter.begin"] = st.session_state["filter.end"] = None


def know_sources(names: list[str]) -> None:
    """Offer these sources to choose from, here and on other pages."""
    if st.session_state.get(SOURCES) != names:
        st.session_state[SOURCES] = names
        st.rerun()


def poll(page: str) -> CachedPoll[Answer]:
    """What this viewer saw last on a page."""
    kept: CachedPoll[Answer] = st.session_state.setdefault(f"poll.{page}", CachedPoll())
    return kept


def show(
    page: str,
    seen: Snapshot[Answer],
    draw: Callable[[Answer], None],
    paused: bool = False,
    keeps_trying: bool = True,
) -> None:
    """The answer with its age; what is amiss above it; why there is none where there is none."""
    if seen.problem and seen.problem.kind == "ended":
        sign_in.end_session()
    elif seen.problem:
        tries = " This page keeps trying." if keeps_trying and not seen.problem.is_permanent else ""
        st.error(f"{seen.problem.message}{tries}", icon=":material/error:")
        st.button("Try again", key=f"again.{page}", on_click=poll(page).refresh)
    if seen.answer is None or seen.as_of is None:
        if not seen.problem:
            st.info("There is no answer yet. This page keeps waiting.")
        elif seen.problem.kind == "ended":
            st.info("Nothing was loaded with these filters before the session ended.")
        return
    _show_age(seen.as_of, seen.age, paused, bool(seen.problem) or seen.is_late)
    draw(seen.answer)


def _show_age(as_of: datetime, age: float, paused: bool, is_amiss: bool) -> None:
    """When it was fetched; how long ago, where it is not because somebody wants it so."""
    is_stale = age > STALE_AFTER
    if is_stale and is_amiss:
        st.warning(f"What you see is as of {moment(as_of)}, {duration(age)} ago.")
        return
    said = f"{'Paused. ' if paused else ''}As of {moment(as_of)}"
    ago = f", {duration(age)} ago" if is_stale else ""
    st.caption(said + ago, help=GLOSSARY["As of"])


def chart(drawn: alt.Chart | alt.LayerChart, alternative: str, table: pd.DataFrame) -> None:
    """A chart, what it shows in words, and the same as a table."""
    st.altair_chart(drawn, alt=alternative)
    with st.expander("Show as a table"):
        st.dataframe(table, hide_index=True, alt=alternative, placeholder="")
