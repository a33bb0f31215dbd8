"""RSS and Atom feeds: blogs, news, reviews of app stores. feedparser reads every dialect of them.

A feed has its newest items only. An item's id is a hash of the feed's address, the item's own id
and its link: feeds exist whose items all have one id, and ones without ids. An item that changes
after it was taken keeps its id, and `POST /ingest` refuses it as a conflict.
"""

import time
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import feedparser

from echostream.domain.validation import MAX_LENGTH
from echostream_sources.plain_text import plain_text
from echostream_sources.post import Post, hashed_id
from echostream_sources.settings import Settings
from echostream_sources.source import Cursor, Fetched, SourceFailed
from echostream_sources.watch import EVERYTHING, Watch
from echostream_sources.web import Web, WebResponse, check

NAME = "rss"
MAX_ITEMS = 20_000
"""Items of a feed that are read, from its start."""
MARK = 12
"""Hexadecimal digits by which an item is known to a cursor, which has one for each item."""
NOT_MODIFIED = 304

Item = Mapping[str, Any]
"""An item as feedparser has it."""


@dataclass(frozen=True, slots=True)
class Rss:
    """A feed, and the channel of its documents."""

    url: str
    web: Web
    channel: str
    watch: Watch = EVERYTHING
    name: str = NAME

    def fetch(self, cursor: Cursor, budget: int, now: datetime) -> Fetched:
        """Read the items that are new since the last read, oldest first. Raises `SourceFailed`."""
        response = self.web.get(self.url, _conditions(cursor))
        if response.status == NOT_MODIFIED:
            return Fetched([], cursor)
        parsed = _parse(check(response, now.timestamp()))
        found = {_mark(one): one for one in reversed(list(self._documents(parsed, now)))}
        seen = set(cursor.get("seen", ()))
        new = [one for mark, one in found.items() if mark not in seen]
        new.sort(key=lambda one: one.get("created_at", ""))
        choice = self.watch.choose(new, budget)
        later = set(map(_mark, new[choice.read :]))
        validators = {} if later else _validators(response)
        return Fetched(
            choice.taken,
            {**validators, "seen": [mark for mark in found if mark not in later]},
            has_more=bool(later),
            may_miss=bool(seen and found) and seen.isdisjoint(found),
            without_text=choice.without_text,
            unmatched=choice.unmatched,
        )

    def _documents(self, parsed: Any, now: datetime) -> Iterator[dict[str, Any]]:
        """The items as documents, newest first as a rule; without `text` if they have none."""
        language = str(parsed.feed.get("language", ""))
        for item in islice(parsed.entries, MAX_ITEMS):
            text = _text(item)
            yield Post(
                self._id(item, text),
                self.name,
                self.channel,
                text,
                _time(item),
                plain_text(str(item.get("author", ""))),
                str(item.get("link", "")),
                language,
            ).document(now)

    def _id(self, item: Item, text: str) -> str:
        own = [str(item.get("id", "")), str(item.get("link", ""))]
        content = [self.url, *(own if any(own) else ["", text])]
        return hashed_id(self.name, *content)


def open_source(settings: Settings) -> Rss:
    """The feed of some settings. Raises `BadSetting`."""
    url = settings.address("feed")
    channel = settings.text("channel") or channel_of(url)
    return Rss(url, settings.web(url), channel, settings.watch())


def _mark(document: Mapping[str, Any]) -> str:
    return str(document["id"])[-MARK:]


def _conditions(cursor: Cursor) -> dict[str, str]:
    """The headers of a conditional request."""
    names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
    return {header: cursor[name] for name, header in names.items() if name in cursor}


def _validators(response: WebResponse) -> dict[str, str]:
    """What a later request needs to ask for changes only."""
    headers = {"etag": "etag", "modified": "last-modified"}
    found = {name: response.headers.get(header, "") for name, header in headers.items()}
    return {name: value for name, value in found.items() if value and value.isascii()}


def _parse(response: WebResponse) -> Any:
    """What feedparser finds. Raises `SourceFailed` for what is no feed."""
    headers = {
        "content-type": response.headers.get("content-type", ""),
        "content-location": response.url,
    }
    parsed = feedparser.parse(response.body, response_headers=headers)
    if not parsed.get("entries") and not parsed.get("version"):
        reason = parsed.get("bozo_exception") or "neither RSS nor Atom"
        raise SourceFailed(f"{response.url}: is no feed: {str(reason)[:200]}")
    return parsed


def channel_of(url: str) -> str:
    """The channel of a feed by default: its address without the scheme and the query."""
    parts = urlsplit(url)
    return f"{parts.hostname}{parts.path.rstrip('/')}"[: MAX_LENGTH["channel"]]


def _text(item: Item) -> str:
    """Title and content, without HTML; empty without both."""
    title = plain_text(str(item.get("title", "")))
    parts = [str(part.get("value", "")) for part in item.get("content", ())]
    body = plain_text(" ".join(parts) or str(item.get("summary", "")))
    return body if body.startswith(title) else "\n\n".join(part for part in (title, body) if part)


def _time(item: Item) -> datetime | None:
    """When the item was published, or else updated; None if it does not say so."""
    names = ("published_parsed", "updated_parsed")
    moment: time.struct_time | None = next((item[name] for name in names if name in item), None)
    if moment is None:
        return None
    try:
        return datetime.fromtimestamp(timegm(moment), UTC)
    except (ValueError, OverflowError, OSError):
        return None
