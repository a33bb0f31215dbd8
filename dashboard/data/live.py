"""Counts and documents from the API as data frames."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from dashboard.data.errors import translate_errors
from dashboard.data.filters import Filters, Span
from dashboard.data.messages import FALLBACKS, LABELS, SENTIMENTS, fallback
from echostream_client.api import ApiClient

NEWEST = 100
COUNTS = [name.lower() for name in SENTIMENTS]
TIME_COLUMNS = ["start", "total", *COUNTS, "mean_compound"]
SOURCE_COLUMNS = ["source", "total", *COUNTS, "mean_compound"]
DOCUMENT_COLUMNS = ["created_at", "sentiment", "compound", "source", "author", "text", "engine"]
LONGEST = timedelta(days=400)
"""The longest range that is filled with zeros; the documents table keeps nothing older."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The figures of a period. Shares and mean cover all sentiments."""

    documents: int
    total: int
    positive: int
    negative: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The data of a period. `over_time` has TIME_COLUMNS, `newest` DOCUMENT_COLUMNS."""

    span: Span
    numbers: Numbers
    over_time: pd.DataFrame
    newest: pd.DataFrame
    sources: list[str]


def load(api: ApiClient, filters: Filters, now: datetime) -> Overview:
    """Fetch everything that the page Live shows. Raises `ServiceError`."""
    span = filters.span(now)
    with translate_errors():
        stats = api.stats(**span.parameters(), source=filters.source, bucket=span.bucket)
        page = api.query(
            **span.parameters(), source=filters.source, sentiment=filters.sentiment, limit=NEWEST
        )
        counted = counts(stats["buckets"])
        newest = documents(page["documents"])
        sources = sorted(str(one["source"]) for one in stats["sources"])
    over_time = only(filled(counted, span, now), filters.sentiment)
    return Overview(span, numbers(counted, filters.sentiment), over_time, newest, sources)


def counts(buckets: list[dict[str, Any]]) -> pd.DataFrame:
    """Buckets of /stats as a frame."""
    frame = pd.DataFrame(buckets, columns=TIME_COLUMNS)
    frame["start"] = pd.to_datetime(frame["start"], utc=True, format="ISO8601")
    return frame


def documents(listed: list[dict[str, Any]]) -> pd.DataFrame:
    """Documents of /query as a frame, with the labels of sentiments."""
    frame = pd.DataFrame(listed, columns=DOCUMENT_COLUMNS)
    frame["author"] = frame["author"].astype("string").fillna("")
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True, format="ISO8601")
    frame["sentiment"] = frame["sentiment"].map(LABELS)
    return frame


def numbers(counted: pd.DataFrame, sentiment: str | None) -> Numbers:
    """The sums over a period; `documents` counts the chosen sentiment only."""
    total = int(counted["total"].sum())
    scores = float((counted["mean_compound"] * counted["total"]).sum())
    return Numbers(
        documents=int(counted[sentiment.lower()].sum()) if sentiment else total,
        total=total,
        positive=int(counted["positive"].sum()),
        negative=int(counted["negative"].sum()),
        mean=scores / total if total else None,
    )


def filled(counted: pd.DataFrame, span: Span, now: datetime) -> pd.DataFrame:
    """Counts without gaps: hours or days without documents have zeros and no mean."""
    if counted.empty:
        return counted
    step = {"hour": "h", "day": "D"}[span.bucket]
    begin = pd.Timestamp(max(span.start, now - LONGEST)).floor(step)
    end = pd.Timestamp(min(span.end or now, now)).floor(step)
    known = counted.set_index("start")
    every = pd.date_range(min(begin, known.index.min()), max(end, known.index.max()), freq=step)
    frame = known.reindex(every).rename_axis("start").reset_index()
    frame[["total", *COUNTS]] = frame[["total", *COUNTS]].fillna(0).astype(int)
    return frame


def only(over_time: pd.DataFrame, sentiment: str | None) -> pd.DataFrame:
    """Counts with every other sentiment at zero; unchanged without a chosen sentiment.

    The mean score covers all sentiments, so it is removed.
    """
    if sentiment is None:
        return over_time
    shown = over_time.copy()
    others = [name for name in COUNTS if name != sentiment.lower()]
    shown[others] = 0
    shown["total"] = shown[sentiment.lower()]
    shown["mean_compound"] = float("nan")
    return shown


def as_table(over_time: pd.DataFrame, bucket: str) -> pd.DataFrame:
    """Counts as a table beside a chart: newest first, without empty hours or days."""
    some = over_time[over_time["total"] > 0].iloc[::-1]
    form = "%Y-%m-%d %H:%M" if bucket == "hour" else "%Y-%m-%d"
    named = {"Start (UTC)": some["start"].dt.strftime(form), "Documents": some["total"]}
    named |= {label: some[name.lower()] for name, label in LABELS.items()}
    named["Mean score"] = some["mean_compound"].round(2)
    return pd.DataFrame(named)


def engines_in_use(listed_documents: list[dict[str, Any]]) -> pd.DataFrame:
    """The engines of these documents by count, with the number and reasons of fallbacks."""
    rows: dict[tuple[str, str], dict[str, int]] = {}
    for document in listed_documents:
        reasons = rows.setdefault((document["engine"], document["engine_version"]), {"": 0})
        code = document.get("fallback") or ""
        reasons[code] = reasons.get(code, 0) + 1
    listed = [
        {
            "Engine": engine,
            "Version": version,
            "Documents": sum(reasons.values()),
            "As a fallback": _format_reasons(reasons) or "never",
        }
        for (engine, version), reasons in rows.items()
    ]
    frame = pd.DataFrame(listed, columns=["Engine", "Version", "Documents", "As a fallback"])
    return frame.sort_values("Documents", ascending=False, kind="stable")


def _format_reasons(reasons: dict[str, int]) -> str:
    known = sorted(reasons, key=lambda code: (code not in FALLBACKS, code))
    return "; ".join(f"{reasons[code]:,}: {fallback(code)}" for code in known if code)
