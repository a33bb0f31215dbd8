"""The page Explore: documents that match the filters, to search, open and download."""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import components, document_filters, sign_in
from dashboard.charts import documents
from dashboard.data.audit import recorded
from dashboard.data.cached_poll import CachedPoll
from dashboard.data.document_filters import NO_FILTERS, DocumentFilters
from dashboard.data.errors import ServiceError
from dashboard.data.explore import (
    MAX_DOCUMENTS,
    Loaded,
    all_of,
    attributes,
    csv_of,
    empty_message,
    engine_scores,
    fields,
    first,
    matches,
    older,
    parquet_of,
    table,
    web_address,
)
from dashboard.data.filters import Filters
from dashboard.data.messages import GLOSSARY, TEXTS, plain, plural
from echostream.domain.query import MAX_LIMIT

Documents = list[dict[str, Any]]
REQUEST, OLDER, ALL = "explore.request", "older", "all"


def page() -> None:
    st.title("Explore", anchor=False)
    filters = components.choose_filters()
    if filters:
        st.fragment(show)(filters)


def show(filters: Filters) -> None:
    """The fragment that reruns after a search or a selection."""
    api = sign_in.signed_in().api
    chosen = document_filters.choose()
    poll: CachedPoll[Loaded] = components.poll("explore")
    snapshot = poll.get(
        (filters, chosen), lambda: first(api, filters, chosen, datetime.now(UTC)), hold=True
    )
    if snapshot.answer:
        document_filters.offer(snapshot.answer.documents)
    components.show(
        "explore",
        snapshot,
        lambda loaded: show_loaded(loaded, filters, chosen),
        keeps_trying=False,
    )


def show_loaded(loaded: Loaded, filters: Filters, chosen: DocumentFilters) -> None:
    term = st.text_input(
        "Search the loaded documents",
        type="search",
        key="explore.search",
        persist_state="session",
        live=True,
        help="Searches text, author, source and channel of the loaded documents, regardless of"
        " case. To search older documents, load them first.",
    )
    loaded = load_more(loaded)
    matching = matches(loaded.documents, term or "")
    show_count(loaded, len(matching), bool((term or "").strip()))
    is_filtered = bool(filters.source or filters.sentiment) or chosen != NO_FILTERS
    message = empty_message(loaded, len(matching), term or "", is_filtered)
    if message:
        st.info(plain(message))
        return
    newest = matching[0]["id"] if matching else None
    show_table(matching, (filters, chosen, term, newest))  # keeps the selection for the same rows
    show_export(matching)


def show_count(loaded: Loaded, number: int, is_searched: bool) -> None:
    text = plural(len(loaded.documents), "loaded document")
    if is_searched:
        text = f"{number:,} of {text}"
    if loaded.is_cut:
        text += f". The limit is {MAX_DOCUMENTS:,}. Choose a shorter period to see the others."
    elif loaded.has_more:
        text += ". There are older documents."
    else:
        text += ". There are no others."
    st.caption(
        f"{text} Select a row to open its document; by keyboard: arrows, then Shift and Space."
    )


def load_more(loaded: Loaded) -> Loaded:
    """Load what a button requested, then show the buttons."""
    request = st.session_state.pop(REQUEST, None)
    if request:
        loaded = _load(loaded, request == ALL)
    with st.container(horizontal=True):
        st.button("Reload", on_click=components.poll("explore").refresh)
        if loaded.has_more:
            st.button(f"Load {MAX_LIMIT} older documents", on_click=_request, args=(OLDER,))
            st.button(f"Load all, at most {MAX_DOCUMENTS:,}", on_click=_request, args=(ALL,))
    return loaded


def _request(amount: str) -> None:
    st.session_state[REQUEST] = amount


def _load(loaded: Loaded, is_all: bool) -> Loaded:
    api = sign_in.signed_in().api
    poll: CachedPoll[Loaded] = components.poll("explore")
    bar = st.progress(0.0, "Loading…")
    try:
        for extended in all_of(api, loaded) if is_all else [older(api, loaded)]:
            loaded = extended
            poll.replace(loaded)  # an interruption keeps the loaded documents
            number = len(loaded.documents)
            bar.progress(
                min(1.0, number / MAX_DOCUMENTS), f"{number:,} loaded, at most {MAX_DOCUMENTS:,}"
            )
    except ServiceError as error:
        if error.kind == "ended":
            sign_in.end_session()
        st.error(f"{TEXTS['older_failed']} {error.message}", icon=":material/error:")
    bar.empty()
    return loaded


def show_table(matching: Documents, key: object) -> None:
    selection = st.dataframe(
        table(matching),
        hide_index=True,
        height=420,
        alt="Documents",
        placeholder="",
        key=f"explore.table.{hash(key)}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "created_at": st.column_config.DatetimeColumn(
                "Time (UTC)", format="YYYY-MM-DD HH:mm:ss", timezone="UTC", width=170
            ),
            "sentiment": st.column_config.TextColumn("Sentiment", width=95),
            "compound": st.column_config.NumberColumn("Score", format="%+.2f", width="small"),
            "rating": st.column_config.NumberColumn(
                "Rating", format="%g ★", width="small", help=GLOSSARY["Rating"]
            ),
            "source": "Source",
            "channel": "Channel",
            "author": "Author",
            "text": st.column_config.TextColumn("Text", width="large"),
        },
    )
    rows = selection["selection"]["rows"]
    if rows and rows[0] < len(matching):
        show_document(matching[rows[0]])


def show_document(document: dict[str, Any]) -> None:
    with st.container(border=True):
        st.header("The document", anchor=False, help=GLOSSARY["Document"])
        with st.container(height=240, border=False):
            st.text(str(document["text"]))
        url = web_address(document.get("url"))
        if url:
            st.link_button("Original", url)
        left, right = st.columns(2)
        left.dataframe(fields(document), hide_index=True, alt="Fields of the document")
        if document["attributes"]:
            left.dataframe(attributes(document), hide_index=True, alt="Attributes of the document")
        right.dataframe(engine_scores(document), hide_index=True, alt="Score of each engine")
        shares = {name.upper(): share for name, share in document["scores"].items()}
        right.altair_chart(documents.scores(shares), alt="The four scores of this document")


def show_export(matching: Documents) -> None:
    api, rows = sign_in.signed_in().api, len(matching)
    with st.container(horizontal=True):
        number = plural(len(matching), "document")
        st.download_button(
            f"Download {number} as CSV",
            lambda: recorded(api, "csv", rows, lambda: csv_of(matching)),
            "documents.csv",
            "text/csv",
            on_click="ignore",
        )
        st.download_button(
            f"Download {number} as Parquet",
            lambda: recorded(api, "parquet", rows, lambda: parquet_of(matching)),
            "documents.parquet",
            "application/vnd.apache.parquet",
            on_click="ignore",
        )
    st.caption(f"The files contain all fields of the documents above, at most {MAX_DOCUMENTS:,}.")


page()
