"""Documents that a page loads, searches, opens and exports."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from dashboard.data.csv_safety import harmless
from dashboard.data.errors import translate_errors
from dashboard.data.filters import Filters
from dashboard.data.formatting import moment, score
from dashboard.data.messages import LABELS, TEXTS, fallback, plural
from echostream_client.api import ApiClient

PAGE = 500
MOST = 10_000
"""Documents that are loaded, searched and exported at most."""
LONG = 300
"""Letters of a text that the table shows; opened, a document shows all."""
WORDS = {
    "id": "Identifier",
    "source": "Source",
    "author": "Author",
    "created_at": "Written",
    "url": "Address",
    "sentiment": "Sentiment",
    "compound": "Score",
    "engine": "Engine",
    "engine_version": "Version",
    "fallback": "As a fallback",
    "language": "Language",
    "truncated": "Scored",
    "enriched_at": "Scored at",
}
"""Fields of a document, as they are called where it is open, in this order."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the filters match, newest first, as far as it is loaded; how to go on."""

    asked: dict[str, Any]
    documents: list[dict[str, Any]] = field(default_factory=list)
    cursor: str | None = None

    @property
    def has_more(self) -> bool:
        """Whether there may be older ones that may be loaded."""
        return self.cursor is not None and len(self.documents) < MOST

    @property
    def is_cut(self) -> bool:
        """Whether there may be more than is ever loaded."""
        return self.cursor is not None and len(self.documents) >= MOST


def first(api: ApiClient, filters: Filters, now: datetime) -> Loaded:
    """The newest documents that the filters match. Raises `ServiceError`."""
    asked = {
        **filters.span(now).asked(),
        "source": filters.source,
        "sentiment": filters.sentiment,
        "limit": PAGE,
    }
    return older(api, Loaded(asked))


def older(api: ApiClient, loaded: Loaded) -> Loaded:
    """What is loaded, and the next page. Raises `ServiceError`; nothing is lost then."""
    with translate_errors():
        page = api.query(**loaded.asked, cursor=loaded.cursor)
        found: list[dict[str, Any]] = page["documents"]
        known = {one["id"] for one in loaded.documents}
        new = [one for one in found if one["id"] not in known]
        cursor: str | None = page["cursor"]
    return replace(loaded, documents=[*loaded.documents, *new], cursor=cursor)


def all_of(api: ApiClient, loaded: Loaded) -> Iterator[Loaded]:
    """Page by page, until there is no more or MOST are loaded. Raises `ServiceError` on the way."""
    while loaded.has_more:
        loaded = older(api, loaded)
        yield loaded


def matches(documents: list[dict[str, Any]], term: str) -> list[dict[str, Any]]:
    """Documents whose text, author or source has a term in it, whatever its case."""
    wanted = term.strip().casefold()
    if not wanted:
        return documents
    return [
        one
        for one in documents
        if any(wanted in (one.get(part) or "").casefold() for part in ("text", "author", "source"))
    ]


def empty_message(loaded: Loaded, shown: int, term: str, is_filtered: bool) -> str:
    """Why no document is shown; empty if some are."""
    if shown:
        return ""
    if loaded.documents:
        name = plural(len(loaded.documents), "loaded document")
        reason = TEXTS["no_search_match"].format(loaded=name, term=term.strip())
        return f"{reason} {TEXTS['load_older_or_clear' if loaded.has_more else 'clear_search']}"
    if loaded.has_more:
        return TEXTS["only_older_match"]
    return TEXTS["no_match" if is_filtered else "no_documents"]


def table(documents: list[dict[str, Any]]) -> pd.DataFrame:
    """A row a document, long texts shortened."""
    return pd.DataFrame(
        {
            "created_at": pd.to_datetime(
                [one["created_at"] for one in documents], utc=True, format="ISO8601"
            ),
            "sentiment": [LABELS[one["sentiment"]] for one in documents],
            "compound": [float(one["compound"]) for one in documents],
            "source": [one["source"] for one in documents],
            "author": [one.get("author") or "" for one in documents],
            "text": [_short(one["text"]) for one in documents],
        }
    )


def _short(text: str) -> str:
    line = " ".join(text[: 2 * LONG].split())
    return line if len(line) <= LONG and len(text) <= 2 * LONG else f"{line[:LONG]} …"


def fields(document: dict[str, Any]) -> pd.DataFrame:
    """Everything that is known of a document beside its text, in words."""
    rows = {
        **{word: document.get(name) for name, word in WORDS.items()},
        WORDS["created_at"]: _moment(document["created_at"]),
        WORDS["enriched_at"]: _moment(document["enriched_at"]),
        WORDS["sentiment"]: LABELS[document["sentiment"]],
        WORDS["compound"]: score(document["compound"]),
        WORDS["fallback"]: fallback(document.get("fallback")) or "no",
        WORDS["truncated"]: "only the beginning" if document["truncated"] else "the whole text",
    }
    known = {word: str(value) for word, value in rows.items() if value not in (None, "")}
    return pd.DataFrame({"Field": list(known), "Value": list(known.values())})


def said(document: dict[str, Any]) -> pd.DataFrame:
    """What each engine said of a document; the first is whose word counts."""
    engines = [document, *document["others"]]
    return pd.DataFrame(
        {
            "Engine": [one["engine"] for one in engines],
            "Version": [one["engine_version"] for one in engines],
            "Sentiment": [LABELS[one["sentiment"]] for one in engines],
            "Score": [score(one["compound"]) for one in engines],
        }
    )


def _moment(time: str) -> str:
    return moment(datetime.fromisoformat(time))


def web_address(url: str | None) -> str | None:
    """An address of the web; None for anything else, such as a script."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def frame(documents: list[dict[str, Any]]) -> pd.DataFrame:
    """All fields for a file, typed: what other engines said as a column each."""
    found = pd.json_normalize([_row(one) for one in documents], sep="_")
    for name in ("created_at", "enriched_at"):
        if name in found:
            found[name] = pd.to_datetime(found[name], utc=True, format="ISO8601")
    return found


def _row(document: dict[str, Any]) -> dict[str, Any]:
    row = {name: value for name, value in document.items() if name != "others"}
    for other in document["others"]:
        for name in ("sentiment", "compound", "engine_version"):
            row[f"{other['engine']}_{name}"] = other[name]
    return row


def csv_of(documents: list[dict[str, Any]]) -> bytes:
    """As RFC 4180 has it, with a line of names; times in RFC 3339, texts that run nowhere."""
    rows = [_flat(_row(one)) for one in documents]
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{inner}": one for inner, one in value.items()}
        else:
            flat[name] = harmless(value) if isinstance(value, str) else value
    return flat


def parquet_of(documents: list[dict[str, Any]]) -> bytes:
    """As Parquet, with types."""
    file = io.BytesIO()
    frame(documents).to_parquet(file, index=False)
    return file.getvalue()
