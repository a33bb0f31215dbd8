"""Choices of channel, rating and attribute for the page Explore."""

from typing import Any

import streamlit as st

from dashboard.data.document_filters import (
    RATINGS,
    Attributes,
    DocumentFilters,
    with_attributes,
)
from dashboard.data.messages import GLOSSARY, OWN_TEXTS, TEXTS
from echostream.domain.attributes import Attribute
from echostream.domain.validation import (
    MAX_ATTRIBUTE_NAME,
    MAX_ATTRIBUTE_VALUE,
    MAX_LENGTH,
)

KNOWN = "explore.known_attributes"
ALL = ""


def choose() -> DocumentFilters:
    """The filters that the viewer chooses."""
    channel, rating, name, value = st.columns(4)
    with channel:
        chosen_channel = _choose_channel()
    with rating:
        chosen_rating = _choose_rating()
    return DocumentFilters(chosen_channel, _choose_attribute(name, value), chosen_rating)


def _choose_channel() -> str | None:
    text = st.text_input(
        "Channel",
        key="explore.channel",
        persist_state="session",
        placeholder="All channels",
        max_chars=MAX_LENGTH["channel"],
        help=TEXTS["channel_help"],
    )
    return (text or "").strip() or None


def _choose_rating() -> str | None:
    rating: str = st.selectbox(
        "Rating",
        [ALL, *RATINGS],
        format_func=lambda name: RATINGS[name] if name else TEXTS["all_ratings"],
        key="explore.rating",
        persist_state="session",
        help=GLOSSARY["Rating"],
    )
    return rating or None


def _choose_attribute(left: Any, right: Any) -> Attribute | None:
    """A name, and once there is one a value. Those that documents have are offered."""
    known: Attributes = st.session_state.get(KNOWN, {})
    name = left.selectbox(
        "Attribute",
        sorted(known),
        None,
        key="explore.attribute",
        persist_state="session",
        placeholder="All attributes",
        accept_new_options=True,
        help=GLOSSARY["Attribute"],
    )
    if not name:
        return None
    value = right.selectbox(
        "Value",
        sorted(known.get(name, ())),
        None,
        key=f"explore.value.{name[:MAX_ATTRIBUTE_NAME]}",
        persist_state="session",
        placeholder=OWN_TEXTS["choose_value"],
        accept_new_options=True,
    )
    return (name, value[:MAX_ATTRIBUTE_VALUE]) if value else None


def offer(documents: list[dict[str, Any]]) -> None:
    """Offer the attributes of these documents, beside those of others before."""
    known: Attributes = st.session_state.get(KNOWN, {})
    offered = with_attributes(known, documents)
    if offered != known:
        st.session_state[KNOWN] = offered
        st.rerun()
