"""The part of the page Themes that has a digest written, and shows it with its citations."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import sign_in
from dashboard.data import digest, theme_texts
from dashboard.data.digest import Digest, KeptDigest
from dashboard.data.formatting import moment
from dashboard.data.messages import GLOSSARY, OWN_TEXTS, TEXTS, plain
from dashboard.data.themes import Documents, Query

KEPT = "themes.digest"


def show(query: Query) -> None:
    """The digest of a query. A press of the button reruns this part only."""
    st.header("Digest", anchor=False, help=GLOSSARY["Digest"])
    st.fragment(show_kept)(query)


def show_kept(query: Query) -> None:
    """The button, and the last digest of the query. No refresh of the page writes another."""
    kept: KeptDigest = st.session_state.setdefault(KEPT, KeptDigest())
    kept.select(query)
    st.caption(f"{TEXTS['digest_cost']} {OWN_TEXTS['digest_query']}")
    if st.button("Write a digest", disabled=not sign_in.is_open()):
        write(kept, query)
    if kept.error:
        st.error(kept.error.message, icon=":material/error:")
    if kept.digest:
        show_digest(kept.digest)
    elif kept.was_removed:
        st.caption(OWN_TEXTS["digest_removed"])


def write(kept: KeptDigest, query: Query) -> None:
    """Keep the digest before Streamlit can stop this run: it may have cost money."""
    api = sign_in.signed_in().api
    with st.spinner(TEXTS["digest_writing"]):
        kept.write(lambda: digest.load(api, query, datetime.now(UTC)))
    if kept.error and kept.error.kind == "ended":
        kept.error = None
        sign_in.end_session()


def show_digest(written: Digest) -> None:
    """Sentences may have words of the documents: as text, without Markdown."""
    for sentence in written.sentences:
        with st.container(horizontal=True, gap="small"):
            st.text(sentence.text)
            if sentence.citations:
                st.caption(plain(" ".join(f"[{number}]" for number in sentence.citations)))
    st.caption(plain(f"{digest.author_text(written)} As of {moment(written.written_at)}."))
    if written.documents:
        with st.expander("Cited documents"):
            show_cited(written.documents)


def show_cited(documents: Documents) -> None:
    """The documents with the numbers that the sentences cite."""
    for number, document in enumerate(documents, 1):
        with st.container(border=True):
            st.text(f"[{number}] {document['text']}")
            st.text(theme_texts.origin(document))
