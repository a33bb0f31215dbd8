"""The page Explore: what the filters match, searched, opened one by one, taken along as a file."""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import components, sign_in
from dashboard.charts import documents
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.errors import ServiceError
from dashboard.data.explore import (
    MOST,
    PAGE,
    Loaded,
    all_of,
    csv_of,
    empty_message,
    fields,
    first,
    matches,
    older,
    parquet_of,
    said,
    table,
    web_address,
)
from dashboard.data.filters import Filters
from dashboard.data.messages import GLOSSARY, TEXTS, plain, plural

Documents = list[dict[str, Any]]
WANTED, OLDER, ALL = "explore.wanted", "older", "all"


def page() -> None:
    st.title("Explore", anchor=False)
    filters = components.ask_filters()
    if filters:
        st.fragment(show)(filters)


def show(filters: Filters) -> None:
    """The part that a search or a chosen document draws again."""
    api = sign_in.signed_in().api
    poll: CachedPoll[Loaded] = components.poll("explore")
    seen = poll.get(filters, lambda: first(api, filters, datetime.now(UTC)), hold=True)
    components.show(
        "explore", seen, lambda loaded: show_loaded(loaded, filters), keeps_trying=False
    )


def show_loaded(loaded: Loaded, filters: Filters) -> None:
    term = st.text_input(
        "Search the loaded documents",
        type="search",
        key="explore.search",
        persist_state="session",
        live=True,
        help="Looks for these letters, small or capital, in text, author and source of the"
        " documents that are loaded. Older ones must be loaded first.",
    )
    loaded = load_more(loaded)
    shown = matches(loaded.documents, term or "")
    show_count(loaded, len(shown), bool((term or "").strip()))
    why = empty_message(loaded, len(shown), term or "", bool(filters.source or filters.sentiment))
    if why:
        st.info(plain(why))
        return
    newest = shown[0]["id"] if shown else None
    show_table(shown, (filters, term, newest))  # a row stays chosen as long as it is the same one
    show_export(shown)


def show_count(loaded: Loaded, shown: int, is_searched: bool) -> None:
    words = plural(len(loaded.documents), "loaded document")
    if is_searched:
        words = f"{shown:,} of {words}"
    if loaded.is_cut:
        words += f". There are more; no more than {MOST:,} are loaded. Choose a shorter period."
    elif loaded.has_more:
        words += ". There are older ones."
    else:
        words += ". These are all."
    st.caption(f"{words} Select a row to open it; by keyboard: arrows, then Shift and Space.")


def load_more(loaded: Loaded) -> Loaded:
    """Load what was asked for; then the buttons that ask for more."""
    asked = st.session_state.pop(WANTED, None)
    if asked:
        loaded = _load(loaded, asked == ALL)
    with st.container(horizontal=True):
        st.button("Look again", on_click=components.poll("explore").refresh)
        if loaded.has_more:
            st.button(f"Load {PAGE} older documents", on_click=_want, args=(OLDER,))
            st.button(f"Load all, {MOST:,} at most", on_click=_want, args=(ALL,))
    return loaded


def _want(what: str) -> None:
    st.session_state[WANTED] = what


def _load(loaded: Loaded, is_all: bool) -> Loaded:
    api = sign_in.signed_in().api
    poll: CachedPoll[Loaded] = components.poll("explore")
    bar = st.progress(0.0, "Loading…")
    try:
        for found in all_of(api, loaded) if is_all else [older(api, loaded)]:
            loaded = found
            poll.replace(loaded)  # whatever interrupts this, what is loaded stays
            number = len(loaded.documents)
            bar.progress(min(1.0, number / MOST), f"{number:,} loaded, {MOST:,} at most")
    except ServiceError as problem:
        if problem.kind == "ended":
            sign_in.end_session()
        st.error(f"{TEXTS['older_failed']} {problem.message}", icon=":material/error:")
    bar.empty()
    return loaded


def show_table(shown: Documents, key: object) -> None:
    chosen = st.dataframe(
        table(shown),
        hide_index=True,
        height=420,
        alt="Documents",
        key=f"explore.table.{hash(key)}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "created_at": st.column_config.DatetimeColumn(
                "Time (UTC)", format="YYYY-MM-DD HH:mm:ss", timezone="UTC", width=170
            ),
            "sentiment": st.column_config.TextColumn("Sentiment", width=95),
            "compound": st.column_config.NumberColumn("Score", format="%+.2f", width="small"),
            "source": "Source",
            "author": "Author",
            "text": st.column_config.TextColumn("Text", width="large"),
        },
    )
    rows = chosen["selection"]["rows"]
    if rows and rows[0] < len(shown):
        show_document(shown[rows[0]])


def show_document(document: dict[str, Any]) -> None:
    with st.container(border=True):
        st.header("The document", anchor=False, help=GLOSSARY["Document"])
        with st.container(height=240, border=False):
            st.text(str(document["text"]))
        url = web_address(document.get("url"))
        if url:
            st.link_button("Original", url)
        left, right = st.columns(2)
        left.dataframe(fields(document), hide_index=True, alt="Everything known of the document")
        right.dataframe(said(document), hide_index=True, alt="What each engine said of it")
        shares = {name.upper(): share for name, share in document["scores"].items()}
        right.altair_chart(documents.scores(shares), alt="The four scores of this document")


def show_export(shown: Documents) -> None:
    with st.container(horizontal=True):
        number = plural(len(shown), "document")
        st.download_button(
            f"Download {number} as CSV",
            lambda: csv_of(shown),
            "documents.csv",
            "text/csv",
            on_click="ignore",
        )
        st.download_button(
            f"Download {number} as Parquet",
            lambda: parquet_of(shown),
            "documents.parquet",
            "application/vnd.apache.parquet",
            on_click="ignore",
        )
    st.caption(f"The files have all fields of what is shown above: loaded, at most {MOST:,}.")


page()
