"""Questions about what is stored: the newest documents, and counts over time."""

import base64
import hashlib
import heapq
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from echostream.domain.codec import (
    MAX_CLOCK_SKEW,
    scored_to_wire,
    time_from_wire,
    time_to_wire,
    to_json,
)
from echostream.domain.document_store import DocumentStore
from echostream.domain.errors import BadRequest
from echostream.domain.model import Count, ScoredDocument, Sentiment, hour_of, sort_time

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
MAX_PAGE_BYTES = 5_000_000
"""Of one answer as a Lambda hands it back: JSON inside JSON, at most 6 MiB."""
MAX_SCANNED = 5_000
"""Documents that one request reads; a rare filter gives a short page and a cursor to go on."""
BUCKETS = ("hour", "day")


@dataclass(frozen=True, slots=True)
class Question:
    """Which documents: those of [start, end), and where given of one source and sentiment."""

    start: datetime
    end: datetime
    source: str | None = None
    sentiment: Sentiment | None = None

    def asks_for(self, scored: ScoredDocument) -> bool:
        """Whether a document of the period passes the filters."""
        return (self.source is None or scored.document.source == self.source) and (
            self.sentiment is None or scored.enrichment.sentiment is self.sentiment
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Documents, newest first, and the position to go on from where there may be more."""

    documents: list[ScoredDocument]
    position: str | None


def newest(
    store: DocumentStore, tenant: str, question: Question, limit: int, before: str | None = None
) -> Page:
    """The newest documents that answer a question, from below a position.

    Stops after `limit` documents, `MAX_PAGE_BYTES` or `MAX_SCANNED` documents read.
    """
    found: list[ScoredDocument] = []
    size = 0
    for scanned, scored in enumerate(_by_time(store, tenant, question, limit, before), start=1):
        if question.asks_for(scored):
            found.append(scored)
            size += len(to_json(to_json(scored_to_wire(scored))).encode())
        if len(found) == limit or size > MAX_PAGE_BYTES or scanned == MAX_SCANNED:
            return Page(found, scored.position)
    return Page(found, None)


def _by_time(
    store: DocumentStore, tenant: str, question: Question, limit: int, before: str | None
) -> Iterator[ScoredDocument]:
    """Every document of the period, newest first: days in turn, each merged over its shards."""
    end = sort_time(question.end)
    start = sort_time(question.start)
    below = min(before, end) if before else end
    page_size = limit // store.shards + 2
    for day in _days(question, below):
        shards = (
            store.newest(tenant, day, shard, below, page_size) for shard in range(store.shards)
        )
        for scored in heapq.merge(*shards, key=lambda scored: scored.position, reverse=True):
            if scored.position < start:
                return
            yield scored


def _days(question: Question, below: str) -> Iterator[date]:
    day = date.fromisoformat(below[:10])
    while day >= question.start.date():
        yield day
        day -= timedelta(days=1)


def stats(
    store: DocumentStore, tenant: str, question: Question, bucket: str
) -> tuple[list[Count], list[Count]]:
    """Counts by hour or day, oldest first, and by source, most first.

    Hours that the period touches count whole; an hour or day without documents is left out.
    Counts by source are of all sources, whichever the question asks for.
    """
    first, last = hour_of(question.start), question.end
    by_time: dict[datetime, Count] = {}
    by_source: dict[str, Count] = {}
    for day in _days(question, sort_time(question.end)):
        for part in store.counts(tenant, day):
            if not first <= part.hour < last:
                continue
            by_source[part.source] = _add(by_source.get(part.source), part, first)
            if question.source not in (None, part.source):
                continue
            start = part.hour if bucket == "hour" else part.hour.replace(hour=0)
            by_time[start] = _add(by_time.get(start), part, start)
    ordered = sorted(by_source.values(), key=lambda found: (-found.total, found.source))
    return [by_time[start] for start in sorted(by_time)], ordered


def _add(so_far: Count | None, part: Count, start: datetime) -> Count:
    if so_far is None:
        return replace(part, hour=start)
    return replace(
        so_far,
        positive=so_far.positive + part.positive,
        negative=so_far.negative + part.negative,
        neutral=so_far.neutral + part.neutral,
        mixed=so_far.mixed + part.mixed,
        # Parts are of four decimals; without rounding a mean would hang on the order of the parts.
        compound_sum=round(so_far.compound_sum + part.compound_sum, 4),
    )


def answer_query(
    store: DocumentStore,
    tenant: str,
    parameters: Mapping[str, str],
    now: datetime,
    retention: timedelta,
) -> dict[str, Any]:
    """What `GET /query` answers. Raises `BadRequest` naming the parameter."""
    _refuse_unknown(parameters, ("from", "to", "source", "sentiment", "limit", "cursor"))
    question = _question(parameters, now, retention)
    limit = _limit(parameters)
    filters = [tenant, *(parameters.get(name) for name in ("from", "to", "source", "sentiment"))]
    before = None
    if "cursor" in parameters:
        before = position_from_cursor(parameters["cursor"], filters)
    page = newest(store, tenant, question, limit, before)
    return {
        "documents": [scored_to_wire(scored) for scored in page.documents],
        "cursor": cursor_from_position(page.position, filters) if page.position else None,
    }


def answer_stats(
    store: DocumentStore,
    tenant: str,
    parameters: Mapping[str, str],
    now: datetime,
    retention: timedelta,
) -> dict[str, Any]:
    """What `GET /stats` answers. Raises `BadRequest` naming the parameter."""
    _refuse_unknown(parameters, ("from", "to", "bucket", "source"))
    bucket = parameters.get("bucket", "hour")
    if bucket not in BUCKETS:
        raise BadRequest("invalid_value", f"bucket: must be one of {', '.join(BUCKETS)}")
    question = _question(parameters, now, retention)
    by_time, by_source = stats(store, tenant, question, bucket)
    return {
        "buckets": [{"start": time_to_wire(c.hour), **_count_to_wire(c)} for c in by_time],
        "sources": [{"source": c.source, **_count_to_wire(c)} for c in by_source],
    }


def _count_to_wire(found: Count) -> dict[str, Any]:
    return {
        "total": found.total,
        "positive": found.positive,
        "negative": found.negative,
        "neutral": found.neutral,
        "mixed": found.mixed,
        "mean_compound": round(found.compound_sum / found.total, 4),
    }


def _question(parameters: Mapping[str, str], now: datetime, retention: timedelta) -> Question:
    oldest, newest_time = now - retention, now + MAX_CLOCK_SKEW
    start = time_from_wire("from", parameters["from"]) if "from" in parameters else oldest
    end = time_from_wire("to", parameters["to"]) if "to" in parameters else newest_time
    if {"from", "to"} <= parameters.keys() and end <= start:
        raise BadRequest("out_of_range", "to: must be after from")
    sentiment = None
    if "sentiment" in parameters:
        if parameters["sentiment"] not in Sentiment.__members__:
            known = ", ".join(Sentiment)
            raise BadRequest("invalid_value", f"sentiment: must be one of {known}")
        sentiment = Sentiment(parameters["sentiment"])
    return Question(
        start=max(start, oldest),
        end=min(end, newest_time),
        source=parameters.get("source"),
        sentiment=sentiment,
    )


def _limit(parameters: Mapping[str, str]) -> int:
    text = parameters.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MAX_LIMIT):
        raise BadRequest("invalid_value", f"limit: must be a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def _refuse_unknown(parameters: Mapping[str, str], known: tuple[str, ...]) -> None:
    for name in parameters:
        if name not in known:
            raise BadRequest(
                "unknown_parameter",
                f"{ascii(name)[1:-1][:64]}: unknown parameter; known: {', '.join(known)}",
            )


def cursor_from_position(position: str, filters: list[str | None]) -> str:
    """A position as the caller sees it, tied to the filters that it was given for."""
    content = to_json([position, _seal(position, filters)]).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def position_from_cursor(cursor: str, filters: list[str | None]) -> str:
    """The position in a cursor. Raises `BadRequest` for one that this query never gave.

    The seal is no secret: whoever forges one moves about in their own documents only.
    """
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position, seal = json.loads(content)
        time_from_wire("cursor", position.split("#", 1)[0])
        if seal != _seal(position, filters):
            raise ValueError("seal")
    except (ValueError, TypeError, AttributeError, RecursionError, BadRequest) as error:
        raise BadRequest(
            "invalid_cursor", "cursor: not one that this query gave; start without a cursor"
        ) from error
    return str(position)


def _seal(position: str, filters: list[str | None]) -> str:
    return hashlib.sha256(json.dumps([position, filters]).encode()).hexdigest()[:16]
