"""Tables of terms and themes, with the documents that the API cites for the selected row."""

import streamlit as st

from dashboard import components
from dashboard.components import Columns
from dashboard.data import theme_texts
from dashboard.data.messages import OWN_GLOSSARY, OWN_TEXTS, TEXTS, plain
from dashboard.data.themes import Cited, Documents, Overview


def show_drivers(overview: Overview, query: object, advice: str = "") -> None:
    """The terms whose share changed, or why there is none, with an advice."""
    st.caption(plain(theme_texts.compared_text(overview)))
    empty = theme_texts.no_driver(overview)
    if empty:
        st.info(plain(f"{empty} {advice}"))
        return
    before = "Share before" if overview.against.is_earlier else "Share compared with"
    columns: Columns = {
        "Share": st.column_config.NumberColumn(format="%.1f%%"),
        "Share compared with": st.column_config.NumberColumn(before, format="%.1f%%"),
        "z": st.column_config.NumberColumn(format="%+.1f", help=OWN_GLOSSARY["z score"]),
    }
    st.caption(f"{theme_texts.discoveries(overview)} {TEXTS['driver_documents']}")
    st.caption(OWN_TEXTS["choose_term"])
    show_cited(overview.drivers, "Terms that changed", query, columns)


def show_cited(cited: Cited, name: str, query: object, columns: Columns) -> None:
    """A table, and the documents of the row that the viewer selects."""
    row = components.choose_row(cited.table, name, query, columns)
    if row is not None:
        st.subheader(plain(f"Documents: {cited.table[cited.table.columns[0]][row]}"), anchor=False)
        show_documents(cited.documents[row])


def show_documents(documents: Documents) -> None:
    """Texts that others wrote: as text, without Markdown."""
    for document in documents:
        with st.container(border=True):
            st.text(str(document["text"]))
            st.text(theme_texts.origin(document))
