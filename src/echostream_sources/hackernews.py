"""Hacker News: stories and comments, from the search service that Algolia runs for it.

The service finds items by the time of their creation, the newest first, at most 1,000 for a
request. So a read asks for a period, and for a shorter one if that has more. Items become findable
some time after they are written: each read asks for the last minutes of the one before again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from echostream_sources.plain_text import plain_text
from echostream_sources.post import Post
from echostream_sources.settings import Settings
from echostream_sources.source import Cursor, Fetched, unexpected
from echostream_sources.watch import EVERYTHING, Watch
from echostream_sources.web import Web, check

NAME = "hackernews"
SERVER = "https://hn.algolia.com"
ITEM = "https://news.ycombinator.com/item?id="
LOOKBACK = timedelta(hours=1)
"""The age of the oldest items of the first read."""
OVERLAP = 300
"""Seconds before the end of a read that the next one asks for again."""
MAX_HITS = 1_000
"""Of a response (a limit of the service)."""
TAGS = {"stories": "story", "comments": "comment"}
CHANNELS = {"ask_hn": "ask", "show_hn": "show", "story": "stories", "comment": "comments"}
"""The channel of an item with a tag; the first tag of these counts."""

Hit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HackerNews:
    """Items with one of some tags. `channel` is that of all documents, if it is given."""

    server: str
    web: Web
    tags: tuple[str, ...] = ("story", "comment")
    channel: str = ""
    watch: Watch = EVERYTHING
    name: str = NAME

    def fetch(self, cursor: Cursor, budget: int, now: datetime) -> Fetched:
        """Read the items since the last read, oldest first. Raises `SourceFailed`."""
        start = cursor.get("at", int((now - LOOKBACK).timestamp()))
        end = max(start, int(now.timestamp()))
        hits, read_to = self._hits(start, end, OVERLAP if cursor else 0, now)
        seen = set(cursor.get("seen", ()))
        new = [hit for hit in hits if hit["objectID"] not in seen]
        choice = self.watch.choose([self._document(hit, now) for hit in new], budget)
        is_cut = choice.read < len(new)
        at = new[choice.read - 1]["created_at_i"] if is_cut else read_to
        recent = [*(hit for hit in hits if hit["objectID"] in seen), *new[: choice.read]]
        return Fetched(
            choice.taken,
            {
                "at": at,
                "seen": [h["objectID"] for h in recent if h["created_at_i"] >= at - OVERLAP],
            },
            has_more=is_cut or read_to < end,
            without_text=choice.without_text,
            unmatched=choice.unmatched,
        )

    def _hits(self, start: int, end: int, overlap: int, now: datetime) -> tuple[list[Hit], int]:
        """The items from one second to another, oldest first, and the second up to which.

        Those of the overlap before are left out if they are too many.
        """
        first = start - overlap
        while True:
            response = self._search(first, end, now)
            with unexpected(self.server):
                hits, total = response["hits"], response["nbHits"]
                if total <= len(hits) or (first == start and end - start <= 1):
                    return sorted(hits, key=lambda hit: (hit["created_at_i"], hit["objectID"])), end
            if end - start > 1:
                end = start + (end - start) // 2
            else:
                first = start

    def _search(self, start: int, end: int, now: datetime) -> Any:
        parameters = {
            "tags": f"({','.join(self.tags)})",
            "numericFilters": f"created_at_i>={start},created_at_i<={end}",
            "hitsPerPage": MAX_HITS,
        }
        address = f"{self.server}/api/v1/search_by_date?{urlencode(parameters)}"
        response = check(self.web.get(address, {}), now.timestamp())
        with unexpected(self.server):
            return json.loads(response.body)

    def _document(self, hit: Hit, now: datetime) -> dict[str, Any]:
        with unexpected(self.server):
            tags = hit["_tags"]
            channel = next((name for tag, name in CHANNELS.items() if tag in tags), tags[0])
            parts = (hit.get(name) for name in ("title", "story_text", "comment_text"))
            post = Post(
                f"{self.name}-{hit['objectID']}",
                self.name,
                self.channel or channel,
                "\n\n".join(filter(None, (plain_text(part or "") for part in parts))),
                datetime.fromtimestamp(hit["created_at_i"], UTC),
                hit.get("author") or "",
                f"{ITEM}{hit['objectID']}",
            )
            return post.document(now)


def open_source(settings: Settings) -> HackerNews:
    """The items of some settings. Raises `BadSetting`."""
    server = settings.address("server", SERVER)
    tags = tuple(TAGS[name] for name in settings.choices("items", TAGS))
    channel = settings.text("channel")
    return HackerNews(server, settings.web(server), tags, channel, settings.watch())
