"""Counts and documents from the API as data frames."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from dashboard.data.counted import Counted, counted
from dashboard.data.errors import translate_errors
from dashboard.data.filters import Filters, Span
from dashboard.data.messages import FALLBACKS, LABELS, SENTIMENTS, fallback, sentiment_name
from echostream_client.api import ApiClient

NEWEST = 100
PAGES = 5
"""Requests for the newest documents; a page is short if few of many documents match the filters."""
COUNTS = [name.lower() for name in SENTIMENTS]
TIME_COLUMNS = ["start", "total", *COUNTS, "mean_compound"]
SOURCE_COLUMNS = ["source", "total", *COUNTS, "mean_compound"]
DOCUMENT_COLUMNS = ["created_at", "sentiment", "compound", "source", "author", "text", "engine"]
LONGEST = timedelta(days=400)
"""The longest range to fill with zeros before the first document of a period."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The figures of a period. Shares and mean cover all sentiments.

    `scored` documents have a score; shares and mean are of these.
    """

    documents: int
    total: int
    scored: int
    positive: int
    negative: int
    mean: float | None

    @property
    def unscored(self) -> int:
        """The number of documents without a score."""
        return self.total - self.scored


@dataclass(frozen=True, slots=True)
class Overview:
    """The data of a period. `over_time` has TIME_COLUMNS, `newest` DOCUMENT_COLUMNS."""

    span: Span
    numbers: Numbers
    over_time: pd.DataFrame
    newest: pd.DataFrame
    sources: list[str]
    counted: Counted


def load(api: ApiClient, filters: Filters, now: datetime) -> Overview:
    """Fetch everything that the page Live shows. Raises `ServiceError`."""
    span = filters.span(now)
    with translate_errors():
        stats = api.stats(**span.parameters(), source=filters.source, bucket=span.bucket)
        listed = newest(
            api, NEWEST, **span.parameters(), source=filters.source, sentiment=filters.sentiment
        )
        by_time = counts(stats["buckets"])
        latest = documents(listed)
        sources = sorted(str(one["source"]) for one in stats["sources"])
        progress = counted(stats, listed, filters.source)
    over_time = only(filled(by_time, span, now), filters.sentiment)
    sums = numbers(by_time, filters.sentiment)
    return Overview(span, sums, over_time, latest, sources, progress)


def newest(api: ApiClient, most: int, **parameters: Any) -> list[dict[str, Any]]:
    """The newest documents of `GET /query`, over several pages. Raises the client's errors."""
    found: list[dict[str, Any]] = []
    cursor = None
    for _ in range(PAGES):
        page = api.query(**parameters, limit=most - len(found), cursor=cursor)
        found += page["documents"]
        cursor = page["cursor"]
        if cursor is None or len(found) >= most:
            break
    return found


def counts(buckets: list[dict[str, Any]]) -> pd.DataFrame:
    """Buckets of /stats as a frame."""
    frame = pd.DataFrame(buckets, columns=TIME_COLUMNS)
    frame["start"] = pd.to_datetime(frame["start"], utc=True, format="ISO8601")
    return with_means(frame)


def with_means(counted: pd.DataFrame) -> pd.DataFrame:
    """Counts whose mean score is a number; NaN if no document has a score.

    Older versions of the API count no documents without a score.
    """
    return counted.astype({"mean_compound": "float64"}).fillna({"unscored": 0})


def documents(listed: list[dict[str, Any]]) -> pd.DataFrame:
    """Documents of /query as a frame, with the labels of sentiments."""
    frame = pd.DataFrame(listed, columns=DOCUMENT_COLUMNS)
    frame["author"] = frame["author"].astype("string").fillna("")
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True, format="ISO8601")
    frame["sentiment"] = [sentiment_name(one) for one in listed]
    frame["compound"] = scores(listed)
    return frame


def scores(listed: list[dict[str, Any]]) -> list[float]:
    """The score of each document; NaN without one."""
    return [float("nan" if one.get("unscored") else one.get("compound", "nan")) for one in listed]


def numbers(counted: pd.DataFrame, sentiment: str | None) -> Numbers:
    """The sums over a period; `documents` counts the chosen sentiment only."""
    total = int(counted["total"].sum())
    scored = counted["total"] - counted["unscored"]
    compounds = float((counted["mean_compound"] * scored).sum())
    return Numbers(
        documents=int(counted[sentiment.lower()].sum()) if sentiment else total,
        total=total,
        scored=int(scored.sum()),
        positive=int(counted["positive"].sum()),
        negative=int(counted["negative"].sum()),
        mean=compounds / int(scored.sum()) if scored.sum() else None,
    )


def filled(counted: pd.DataFrame, span: Span, now: datetime) -> pd.DataFrame:
    """Counts without gaps: hours or days without documents have zeros and no mean."""
    if counted.empty:
        return counted
    step = {"hour": "h", "day": "D"}[span.bucket]
    begin = pd.Timestamp(max(span.start, now - LONGEST)).floor(step)
    end = pd.Timestamp(min(span.end or now, now) - timedelta.resolution).floor(step)
    by_start = counted.set_index("start")
    first, last = by_start.index.min(), by_start.index.max()
    starts = pd.date_range(min(begin, first), max(end, last), freq=step)
    frame = by_start.reindex(starts).rename_axis("start").reset_index()
    frame[["total", *COUNTS]] = frame[["total", *COUNTS]].fillna(0).astype(int)
    return frame


def only(over_time: pd.DataFrame, sentiment: str | None) -> pd.DataFrame:
    """Counts with every other sentiment at zero; unchanged without a chosen sentiment.

    The mean score covers all sentiments, so it is removed.
    """
    if sentiment is None:
        return over_time
    frame = over_time.copy()
    others = [name for name in COUNTS if name != sentiment.lower()]
    frame[others] = 0
    frame["total"] = frame[sentiment.lower()]
    frame["mean_compound"] = float("nan")
    return frame


def as_table(over_time: pd.DataFrame, bucket: str) -> pd.DataFrame:
    """Counts as a table beside a chart: newest first, without empty hours or days."""
    rows = over_time[over_time["total"] > 0].iloc[::-1]
    form = "%Y-%m-%d %H:%M" if bucket == "hour" else "%Y-%m-%d"
    columns = {"Start (UTC)": rows["start"].dt.strftime(form), "Documents": rows["total"]}
    columns |= {label: rows[name.lower()] for name, label in LABELS.items()}
    columns["Mean score"] = rows["mean_compound"].round(2)
    return pd.DataFrame(columns)


def engines_in_use(documents: list[dict[str, Any]]) -> pd.DataFrame:
    """The engines of these documents by count, with the number and reasons of fallbacks."""
    rows: dict[tuple[str, str], dict[str, int]] = {}
    for document in documents:
        reasons = rows.setdefault((document["engine"], document["engine_version"]), {"": 0})
        code = document.get("fallback") or ""
        reasons[code] = reasons.get(code, 0) + 1
    table = [
        {
            "Engine": engine,
            "Version": version,
            "Documents": sum(reasons.values()),
            "As a fallback": _format_reasons(reasons) or "never",
        }
        for (engine, version), reasons in rows.items()
    ]
    frame = pd.DataFrame(table, columns=["Engine", "Version", "Documents", "As a fallback"])
    return frame.sort_values("Documents", ascending=False, kind="stable")


def _format_reasons(reasons: dict[str, int]) -> str:
    codes = sorted(reasons, key=lambda code: (code not in FALLBACKS, code))
    return "; ".join(f"{reasons[code]:,}: {fallback(code)}" for code in codes if code)
