"""Documents that the page Explore loads, searches, opens and exports."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from dashboard.data.csv_safety import ENCODING, escape_formula
from dashboard.data.document_filters import DocumentFilters
from dashboard.data.errors import translate_errors
from dashboard.data.filters import Filters
from dashboard.data.formatting import moment, score
from dashboard.data.live import scores
from dashboard.data.messages import TEXTS, fallback, plural, sentiment_name
from echostream.domain.codec import to_json
from echostream.domain.query import MAX_LIMIT
from echostream.domain.validation import MAX_RATING
from echostream_client.api import ApiClient

MAX_DOCUMENTS = 10_000
"""The largest number of documents to load, search and export."""
LONG = 300
"""Characters of a text that the table shows; an open document shows all."""
SEARCHED = ("text", "author", "source", "channel")
ATTRIBUTE_COLUMNS = 100
"""Attributes with a column of their own in a file; the column `attributes` has the others."""
FIELD_LABELS = {
    "id": "Identifier",
    "source": "Source",
    "channel": "Channel",
    "author": "Author",
    "created_at": "Written",
    "url": "Address",
    "sentiment": "Sentiment",
    "compound": "Score",
    "rating": "Rating",
    "engine": "Engine",
    "engine_version": "Version",
    "fallback": "As a fallback",
    "language": "Language",
    "truncated": "Scored",
    "enriched_at": "Scored at",
}
"""The fields of an open document and their labels, in this order."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The loaded documents of a query, newest first, and the cursor of the next page."""

    parameters: dict[str, Any]
    documents: list[dict[str, Any]] = field(default_factory=list)
    cursor: str | None = None

    @property
    def has_more(self) -> bool:
        """Whether there may be older documents to load."""
        return self.cursor is not None and len(self.documents) < MAX_DOCUMENTS

    @property
    def is_cut(self) -> bool:
        """Whether there may be more than MAX_DOCUMENTS."""
        return self.cursor is not None and len(self.documents) >= MAX_DOCUMENTS


def first(api: ApiClient, filters: Filters, chosen: DocumentFilters, now: datetime) -> Loaded:
    """The newest documents that all filters match. Raises `ServiceError`."""
    parameters = {
        **filters.span(now).parameters(),
        "source": filters.source,
        "sentiment": filters.sentiment,
        **chosen.parameters(),
        "limit": MAX_LIMIT,
    }
    return older(api, Loaded(parameters))


def older(api: ApiClient, loaded: Loaded) -> Loaded:
    """The loaded documents and the next page. Raises `ServiceError`; `loaded` does not change."""
    with translate_errors():
        page = api.query(**loaded.parameters, cursor=loaded.cursor)
        documents: list[dict[str, Any]] = page["documents"]
        ids = {one["id"] for one in loaded.documents}
        new = [one for one in documents if one["id"] not in ids]
        cursor: str | None = page["cursor"]
    return replace(loaded, documents=[*loaded.documents, *new], cursor=cursor)


def all_of(api: ApiClient, loaded: Loaded) -> Iterator[Loaded]:
    """Load page by page, until the end or until MAX_DOCUMENTS are loaded. Raises `ServiceError`."""
    while loaded.has_more:
        loaded = older(api, loaded)
        yield loaded


def matches(documents: list[dict[str, Any]], term: str) -> list[dict[str, Any]]:
    """Documents whose text, author, source or channel contains a term, in any case."""
    needle = term.strip().casefold()
    if not needle:
        return documents
    return [
        one
        for one in documents
        if any(needle in (one.get(part) or "").casefold() for part in SEARCHED)
    ]


def empty_message(loaded: Loaded, number: int, term: str, is_filtered: bool) -> str:
    """Why no document is shown; empty if `number`, that of the shown documents, is not 0."""
    if number:
        return ""
    if loaded.documents:
        name = plural(len(loaded.documents), "loaded document")
        reason = TEXTS["no_search_match"].format(loaded=name, term=term.strip())
        return f"{reason} {TEXTS['load_older_or_clear' if loaded.has_more else 'clear_search']}"
    if loaded.has_more:
        return TEXTS["only_older_match"]
    return TEXTS["no_match" if is_filtered else "no_documents"]


def table(documents: list[dict[str, Any]]) -> pd.DataFrame:
    """A row per document, with long texts shortened."""
    return pd.DataFrame(
        {
            "created_at": pd.to_datetime(
                [one["created_at"] for one in documents], utc=True, format="ISO8601"
            ),
            "sentiment": [sentiment_name(one) for one in documents],
            "compound": scores(documents),
            "rating": pd.Series([one["rating"] for one in documents], dtype=float),
            "source": [one["source"] for one in documents],
            "channel": [one.get("channel") or "" for one in documents],
            "author": [one.get("author") or "" for one in documents],
            "text": [_short(one["text"]) for one in documents],
        }
    )


def _short(text: str) -> str:
    line = " ".join(text[: 2 * LONG].split())
    return line if len(line) <= LONG and len(text) <= 2 * LONG else f"{line[:LONG]} …"


def fields(document: dict[str, Any]) -> pd.DataFrame:
    """All fields of a document except its text, with labels."""
    rows = {
        **{label: document.get(name) for name, label in FIELD_LABELS.items()},
        FIELD_LABELS["created_at"]: _moment(document["created_at"]),
        FIELD_LABELS["enriched_at"]: _moment(document["enriched_at"]),
        FIELD_LABELS["sentiment"]: sentiment_name(document),
        FIELD_LABELS["compound"]: score(_compound(document)),
        FIELD_LABELS["rating"]: stars(document["rating"]),
        FIELD_LABELS["fallback"]: fallback(document.get("fallback")) or "no",
        FIELD_LABELS["truncated"]: "only the beginning"
        if document["truncated"]
        else "the whole text",
    }
    values = {label: str(value) for label, value in rows.items() if value not in (None, "")}
    return pd.DataFrame({"Field": list(values), "Value": list(values.values())})


def stars(rating: float | None) -> str:
    """A rating as text; empty if there is none."""
    return "" if rating is None else f"{rating:g} of {MAX_RATING} stars"


def attributes(document: dict[str, Any]) -> pd.DataFrame:
    """Names and values of a document's attributes."""
    found: dict[str, str] = document["attributes"]
    return pd.DataFrame({"Attribute": list(found), "Value": list(found.values())})


def engine_scores(document: dict[str, Any]) -> pd.DataFrame:
    """The score of each engine for a document; the first is the one in the counts."""
    scored = [document, *document["others"]]
    return pd.DataFrame(
        {
            "Engine": [one["engine"] for one in scored],
            "Version": [one["engine_version"] for one in scored],
            "Sentiment": [sentiment_name(one) for one in scored],
            "Score": [score(_compound(one)) for one in scored],
        }
    )


def _compound(scored: dict[str, Any]) -> float | None:
    return None if scored.get("unscored") else scored["compound"]


def _moment(time: str) -> str:
    return moment(datetime.fromisoformat(time))


def web_address(url: str | None) -> str | None:
    """The URL if its scheme is http or https; None for any other, such as a script."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def frame(documents: list[dict[str, Any]]) -> pd.DataFrame:
    """All fields for a file, typed; the scores of other engines in columns of their own."""
    table = pd.json_normalize(_rows(documents), sep="_")
    if "rating" in table:
        table["rating"] = table["rating"].astype(float)
    for name in ("created_at", "enriched_at"):
        if name in table:
            table[name] = pd.to_datetime(table[name], utc=True, format="ISO8601")
    return table


def _rows(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Documents as rows of a file, in which the most frequent attributes have columns."""
    numbers = Counter(name for one in documents for name in one["attributes"])
    columns = {name for name, _ in numbers.most_common(ATTRIBUTE_COLUMNS)}
    return [_row(one) | _attribute_columns(one["attributes"], columns) for one in documents]


def _attribute_columns(found: dict[str, str], columns: set[str]) -> dict[str, str]:
    """`attributes.NAME` of those with a column, and `attributes`, a JSON object, of others."""
    row = {f"attributes.{name}": value for name, value in found.items() if name in columns}
    rest = {name: value for name, value in found.items() if name not in columns}
    return row | ({"attributes": to_json(rest)} if rest else {})


def _row(document: dict[str, Any]) -> dict[str, Any]:
    row = {name: value for name, value in document.items() if name not in ("others", "attributes")}
    for other in document["others"]:
        for name in ("sentiment", "compound", "engine_version"):
            row[f"{other['engine']}_{name}"] = other[name]
    return row


def csv_of(documents: list[dict[str, Any]]) -> bytes:
    """CSV by RFC 4180 with a header; times by RFC 3339, no text that a spreadsheet runs."""
    rows = [_flat(row) for row in _rows(documents)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode(ENCODING)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{inner}": one for inner, one in value.items()}
        else:
            flat[name] = escape_formula(value) if isinstance(value, str) else value
    return flat


def parquet_of(documents: list[dict[str, Any]]) -> bytes:
    """Parquet with typed columns."""
    file = io.BytesIO()
    frame(documents).to_parquet(file, index=False)
    return file.getvalue()
