"""RSS and Atom feeds: blogs, news, reviews of app stores. feedparser reads every dialect of them.

A feed has its newest items only. An item's id is a hash of the feed's address, the item's own id
and its link: feeds exist whose items all have one id, and ones without ids. An item that changes
after it was taken keeps its id, and `POST /ingest` refuses it as a conflict.
"""

import hashlib
import re
import time
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import feedparser

from echostream.domain.codec import time_to_wire
from echostream.domain.validation import MAX_LENGTH, MAX_TEXT_BYTES
from echostream_sources.plain_text import plain_text
from echostream_sources.source import Cursor, Fetched, SourceFailed
from echostream_sources.web import Web, WebResponse, retry_after

NAME = "rss"
MAX_ITEMS = 20_000
"""Items of a feed that are read, from its start."""
NOT_MODIFIED = 304
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_SEPARATOR = "\n"

Item = Mapping[str, Any]
"""An item as feedparser has it."""


@dataclass(frozen=True, slots=True)
class Rss:
    """A feed, and the channel of its documents."""

    url: str
    web: Web
    channel: str
    name: str = NAME

    def fetch(self, cursor: Cursor, budget: int, now: datetime) -> Fetched:
        """Read the items that are new since the last read, oldest first. Raises `SourceFailed`."""
        response = self.web.get(self.url, _conditions(cursor))
        if response.status == NOT_MODIFIED:
            return Fetched([], cursor)
        if response.status >= 400:
            wait = retry_after(response.headers, now.timestamp())
            raise SourceFailed(f"{self.url}: HTTP {response.status}", wait)
        parsed = _parse(response)
        found = list(self._documents(parsed, now))
        documents = {one["id"]: one for one in reversed(found) if "text" in one}
        seen = set(cursor.get("seen", ()))
        new = [one for name, one in documents.items() if name not in seen]
        new.sort(key=lambda one: one.get("created_at", ""))
        taken = new[:budget]
        known = [name for name in documents if name in seen] + [one["id"] for one in taken]
        has_more = len(new) > budget
        validators = {} if has_more else _validators(response)
        return Fetched(
            taken,
            {**validators, "seen": known},
            has_more,
            may_miss=bool(seen and documents) and seen.isdisjoint(documents),
            without_text=sum("text" not in one for one in found),
        )

    def _documents(self, parsed: Any, now: datetime) -> Iterator[dict[str, Any]]:
        """The items as documents, newest first as a rule; without `text` if they have none."""
        language = str(parsed.feed.get("language", ""))
        for item in islice(parsed.entries, MAX_ITEMS):
            text = _text(item)
            optional = {
                "text": text,
                "created_at": _time(item, now),
                "author": _short(item, "author", MAX_LENGTH["author"]),
                "url": _link(item),
                "language": language if _LANGUAGE.fullmatch(language) else "",
            }
            yield {
                "id": self._id(item, text),
                "source": self.name,
                "channel": self.channel,
                **{name: value for name, value in optional.items() if value},
            }

    def _id(self, item: Item, text: str) -> str:
        own = [str(item.get("id", "")), str(item.get("link", ""))]
        content = [self.url, *(own if any(own) else ["", text])]
        return f"{self.name}-{hashlib.sha256(_SEPARATOR.join(content).encode()).hexdigest()[:32]}"


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
    """Title and content, without HTML, cut to what a document may have; empty without both."""
    title = plain_text(str(item.get("title", "")))
    parts = [str(part.get("value", "")) for part in item.get("content", ())]
    body = plain_text(" ".join(parts) or str(item.get("summary", "")))
    text = body if body.startswith(title) else "\n\n".join(part for part in (title, body) if part)
    return _clean(text).encode()[:MAX_TEXT_BYTES].decode(errors="ignore")


def _clean(text: str) -> str:
    """A text that UTF-8 has: half of a surrogate pair becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _short(item: Item, name: str, length: int) -> str:
    return _clean(plain_text(str(item.get(name, ""))))[:length]


def _link(item: Item) -> str:
    """The item's address, if a document may have it."""
    link = _clean(str(item.get("link", "")))
    is_valid = _scheme(link) in ("http", "https") and not re.search(r"\s", link)
    return link if is_valid and len(link) <= MAX_LENGTH["url"] else ""


def _scheme(url: str) -> str:
    """The scheme of an address; empty for one that cannot be parsed."""
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _time(item: Item, now: datetime) -> str:
    """When the item was published, or else updated; empty if it does not say so.

    A time in the future is now: its clock, or its time zone, is wrong.
    """
    names = ("published_parsed", "updated_parsed")
    moment: time.struct_time | None = next((item[name] for name in names if name in item), None)
    if moment is None:
        return ""
    try:
        return time_to_wire(min(now, datetime.fromtimestamp(timegm(moment), UTC)))
    except (ValueError, OverflowError, OSError):
        return ""
