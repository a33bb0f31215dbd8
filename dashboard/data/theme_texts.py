"""What the page Themes says about its numbers, and about parts that are empty."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dashboard.data.filters import Filters
from dashboard.data.formatting import moment, score
from dashboard.data.messages import OWN_TEXTS, TEXTS, plural, sentiment_name
from dashboard.data.themes import Overview, Size


def read_text(overview: Overview) -> str:
    """How many documents were read, and how many of them have no theme."""
    text = sample_text(overview.size, overview.read)
    if overview.themes.table.empty:
        return text
    return f"{text} {TEXTS['without_theme'].format(documents=f'{overview.without_theme:,}')}"


def sample_text(size: Size, read: int) -> str:
    """How many documents were read, of how many."""
    name = "themes_read" if size.is_complete else "themes_sample"
    return TEXTS[name].format(read=plural(read, "document"), documents=f"{size.documents:,}")


def no_documents(overview: Overview, filters: Filters) -> str:
    """Why nothing is shown; empty if documents were read."""
    if overview.read:
        return ""
    return TEXTS["no_match" if filters.source or filters.sentiment else "no_documents"]


def no_theme(overview: Overview) -> str:
    """Why there is no theme; empty if there is one."""
    return TEXTS["no_theme"] if overview.themes.table.empty else ""


def compared_text(overview: Overview) -> str:
    """What the period is compared with."""
    against = overview.against
    name = "compared" if against.size.is_complete else "compared_sample"
    return TEXTS[name].format(
        against=against.name,
        documents=against.size.text,
        start=moment(against.start),
        end=moment(against.end),
    )


def no_driver(overview: Overview) -> str:
    """Why no term drives a change; empty if one does."""
    if not overview.drivers.table.empty:
        return ""
    name = "no_driver" if overview.against.size.documents else "nothing_to_compare"
    return TEXTS[name].format(against=overview.against.name)


def other_comparison(overview: Overview) -> str:
    """The advice to compare with other documents; empty if there are any to compare with."""
    return "" if overview.against.size.documents else OWN_TEXTS["choose_comparison"]


def since_text(overview: Overview) -> str:
    """Since when, and with how many documents, terms that emerge are compared."""
    name = "emerging_since" if overview.usual.is_complete else "emerging_since_sample"
    return TEXTS[name].format(documents=overview.usual.text, since=moment(overview.since))


def nothing_new(overview: Overview) -> str:
    """Why no term is new; empty if one is."""
    if not overview.emerging.table.empty:
        return ""
    return TEXTS["nothing_new" if overview.usual.documents else "no_usual"]


def discoveries(overview: Overview) -> str:
    """The false-discovery rate of terms."""
    return TEXTS["discoveries"].format(rate=f"{overview.false_discovery_rate:.0%}")


def origin(document: Mapping[str, Any]) -> str:
    """Time, sentiment, id, source and author of a cited document.

    Those that others chose are last, because their characters may reverse what follows them. They
    are not escaped.
    """
    author = document["author"]
    written = moment(datetime.fromisoformat(document["created_at"]))
    sentiment = sentiment_name(document)
    if not document.get("unscored"):
        sentiment = f"{sentiment} ({score(document['compound'])})"
    by = f"author {author}" if author else "no author"
    return f"{written}, {sentiment}, id {document['id']}, source {document['source']}, {by}"
