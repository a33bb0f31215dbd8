"""The page Compare: two periods, or two sources, side by side."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import components, sign_in
from dashboard.charts import compare as charts
from dashboard.cited_documents import show_cited
from dashboard.components import Columns
from dashboard.data import compare, compare_sides
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.compare import Overview, Part
from dashboard.data.compare_sides import AGAINST, OWN, PERIODS, SOURCES, Query, SameSides
from dashboard.data.filters import CUSTOM, Filters, InvalidPeriod
from dashboard.data.messages import GLOSSARY, OWN_GLOSSARY, OWN_TEXTS, SECONDS, TEXTS, plain

EVERY = SECONDS["themes_refresh"]
"""Seconds between two requests: one reads thousands of documents."""
SHARE = st.column_config.NumberColumn(format="%.1f%%")


def page() -> None:
    st.title("Compare", anchor=False)
    kinds = [PERIODS, SOURCES]
    kind = st.radio("Compare", kinds, horizontal=True, key="compare.kind", persist_state="session")
    filters = components.choose_filters(has_source=kind == PERIODS)
    if filters:
        st.fragment(show, run_every=EVERY if sign_in.is_open() else None)(filters, kind)


def show(filters: Filters, kind: str) -> None:
    """The fragment that refreshes."""
    query = choose_period(filters) if kind == PERIODS else choose_sources(filters)
    if query:
        show_query(query, datetime.now(UTC))


def choose_period(filters: Filters) -> Query:
    """The period of side B."""
    against: str = st.selectbox(
        "Side B",
        AGAINST,
        format_func=compare_sides.against_label,
        key="compare.against",
        persist_state="session",
    )
    if against != OWN:
        return Query(filters, against)
    begin, end = components.choose_times("compare")
    return Query(filters, OWN, Filters(CUSTOM, begin=begin, end=end))


def choose_sources(filters: Filters) -> Query | None:
    """The sources of both sides; None, with the reason, if there are not two."""
    api, now = sign_in.signed_in().api, datetime.now(UTC)
    poll: CachedPoll[list[str]] = components.poll("compare.sources")
    snapshot = poll.get(filters, lambda: compare.sources(api, filters, now), every=EVERY)
    if snapshot.answer is None:
        components.show("compare.sources", snapshot, lambda _: None)
        return None
    few = compare_sides.too_few_sources(snapshot.answer)
    if few:
        st.info(few)
        return None
    left, right = st.columns(2)
    with left:
        a = choose_source("A", snapshot.answer)
    with right:
        b = choose_source("B", snapshot.answer, a)
    return compare_sides.of_sources(filters, a, b)


def choose_source(letter: str, sources: list[str], other: str | None = None) -> str:
    key = f"compare.source.{letter}"
    offered = compare_sides.source_choices(sources, st.session_state.get(key), other)
    if st.session_state.get(key) not in offered:
        st.session_state[key] = offered[0]
    source: str = st.selectbox(f"Side {letter}", offered, key=key, persist_state="session")
    return source


def show_query(query: Query, now: datetime) -> None:
    api = sign_in.signed_in().api
    try:
        sides = compare_sides.sides_of(query, now)
    except (InvalidPeriod, SameSides) as error:
        st.warning(str(error), icon=":material/error:")
        return
    poll: CachedPoll[Overview] = components.poll("compare")
    snapshot = poll.get(query, lambda: compare.load(api, query, sides, now), every=EVERY)
    components.show("compare", snapshot, lambda overview: show_overview(overview, query))
    if snapshot.answer:
        components.offer_sources(snapshot.answer.sources)


def show_overview(overview: Overview, query: Query) -> None:
    for column, part in zip(st.columns(2), overview.parts, strict=True):
        with column:
            show_side(part)
    if overview.overlap:
        st.info(plain(overview.overlap))
    components.show_counted(overview.counted)
    if overview.is_empty:
        return  # each side says why
    show_numbers(overview, query)
    show_over_time(overview, query)
    show_terms(overview, query)
    show_themes(overview, query)


def show_side(part: Part) -> None:
    """Its name may be one that others chose: without Markdown."""
    st.header(plain(part.side.label), anchor=False)
    st.caption(plain(part.side.times))
    if part.missing:
        st.info(plain(part.missing))


def show_numbers(overview: Overview, query: Query) -> None:
    st.header("Numbers", anchor=False)
    right = st.column_config.TextColumn(alignment="right")
    columns: Columns = dict.fromkeys(("A", "B", "Difference"), right)
    st.dataframe(overview.numbers, hide_index=True, alt="Numbers", column_config=columns)
    st.caption(OWN_TEXTS["difference"])
    if query.filters.sentiment:
        st.caption(TEXTS["shares_cover_all"])


def show_over_time(overview: Overview, query: Query) -> None:
    if overview.over_time.empty:
        return  # each side says why
    st.header("Over time", anchor=False, help=GLOSSARY["Score"])
    offered = compare.chart_numbers(query.filters.sentiment)
    title = str(st.radio("Number", list(offered), horizontal=True))
    if query.filters.sentiment:
        st.caption(TEXTS["mean_covers_all"])
    number, bucket = offered[title], overview.parts[0].side.span.bucket
    components.chart(
        charts.over_time(overview.over_time, bucket, number, title, query.is_of_sources),
        f"{title} of both sides over time",
        compare.over_time_table(overview, number),
    )


def show_terms(overview: Overview, query: Query) -> None:
    st.header("Terms", anchor=False, help=GLOSSARY["Term"])
    rate = TEXTS["discoveries"].format(rate=f"{overview.false_discovery_rate:.0%}")
    st.caption(f"{rate} {OWN_TEXTS['choose_term']}")
    for column, part in zip(st.columns(2), overview.parts, strict=True):
        with column:
            show_terms_of(overview, part, query)


def show_terms_of(overview: Overview, part: Part, query: Query) -> None:
    title = f"More frequent in {part.side.letter}"
    st.subheader(title, anchor=False)
    st.caption(compare.read_text(part))
    empty = compare.no_term(overview, part)
    if empty:
        st.info(empty)
        return
    z = st.column_config.NumberColumn(format="%+.1f", help=OWN_GLOSSARY["z score"])
    show_cited(part.terms, title, query, {"A": SHARE, "B": SHARE, "z": z})


def show_themes(overview: Overview, query: Query) -> None:
    st.header("Themes of side A on both sides", anchor=False, help=GLOSSARY["Theme"])
    empty = compare.no_theme(overview)
    if empty:
        st.info(empty)
        return
    st.caption(f"{OWN_TEXTS['choose_theme']} {OWN_TEXTS['documents_of_a']}")
    difference = st.column_config.NumberColumn(
        "Difference (points)", format="%+.1f", help=OWN_TEXTS["difference"]
    )
    columns: Columns = {"A": SHARE, "B": SHARE, "Difference": difference}
    show_cited(overview.themes, "Themes of side A", query, columns)


page()
