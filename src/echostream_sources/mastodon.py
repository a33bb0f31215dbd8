"""Mastodon: the public timeline or hashtags of a server, and of others with the same API.

`min_id` asks for what a server received just after a post, so that a read goes on where the last
one ended, also with posts that arrive late from other servers. Ids of posts are the server's own,
in an order that only the server knows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from echostream_sources.plain_text import plain_text
from echostream_sources.post import Post, hashed_id
from echostream_sources.settings import BadSetting, Settings, host_of
from echostream_sources.source import Cursor, Fetched, SourceFailed, check_limit, unexpected
from echostream_sources.watch import EVERYTHING, Watch
from echostream_sources.web import Web, WebResponse, check

NAME = "mastodon"
PAGE = 40
"""Posts of a response (a limit of Mastodon)."""
MAX_REQUESTS = 60
"""Of a read; a server takes 300 in five minutes."""
MAX_SEEN = 2 * PAGE
MAX_TAGS = 50
"""Of a source: each takes a request, and a place in the cursor."""
TAKEN = ("public", "unlisted")
NEEDS_TOKEN = (401, 403, 422)

Status = Mapping[str, Any]
"""A post as the API has it."""


@dataclass(frozen=True, slots=True)
class Mastodon:
    """Timelines of a server by their channel, each a path below `/api/v1/timelines/`.

    `channel` is that of all documents, if it is given.
    """

    server: str
    web: Web
    timelines: Mapping[str, str]
    channel: str = ""
    token: str = field(default="", repr=False)
    watch: Watch = EVERYTHING
    name: str = NAME

    def fetch(self, cursor: Cursor, budget: int, now: datetime) -> Fetched:
        """Read what came since the last read, oldest first. Raises `SourceFailed`."""
        check_limit(cursor, self.server, now)
        read = _Read(self, cursor, budget, now)
        failure: SourceFailed | None = None
        for channel in read.order():
            try:
                read.timeline(channel)
            except SourceFailed as error:
                failure = error
                if error.wait is not None:
                    break
        if failure and not read.has_advanced:
            raise failure  # else the next read raises it, if the reason remains
        return read.fetched()

    def page(self, path: str, after: str, now: datetime) -> tuple[list[Status], float]:
        """The posts after one, oldest first, and when to ask again if no request is left, or 0."""
        query = urlencode({"limit": PAGE, **({"min_id": after} if after else {})})
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        address = f"{self.server}/api/v1/timelines/{path}?{query}"
        response = self.web.get(address, headers)
        if response.status in NEEDS_TOKEN and not self.token:
            reason = "shows this timeline to signed-in users only: it needs a token"
            raise SourceFailed(f"{self.server}: HTTP {response.status}: {reason}")
        if response.status == 429 and (until := _reset(response)):
            raise SourceFailed(f"{self.server}: HTTP 429", max(0.0, until - now.timestamp()))
        check(response, now.timestamp())
        with unexpected(self.server):
            statuses: list[Status] = [
                {**one, "id": str(one["id"])} for one in json.loads(response.body)
            ]
        is_used = response.headers.get("x-ratelimit-remaining") == "0"
        return statuses[::-1], _reset(response) if is_used else 0.0

    def document(self, status: Status, channel: str, now: datetime) -> dict[str, Any]:
        """The document of a post."""
        with unexpected(self.server):
            author = status["account"]["acct"]
            parts = (status.get("spoiler_text"), status["content"])
            return Post(
                hashed_id(self.name, status["uri"]),
                self.name,
                self.channel or channel,
                "\n\n".join(filter(None, (plain_text(part or "") for part in parts))),
                _time(status.get("created_at")),
                author if "@" in author else f"{author}@{host_of(self.server)}",
                status.get("url") or "",
                status.get("language") or "",
            ).document(now)


class _Read:
    """One read of all timelines, up to a number of documents and of requests."""

    def __init__(self, source: Mastodon, cursor: Cursor, budget: int, now: datetime) -> None:
        self._source, self._budget, self._now = source, budget, now
        self._is_first = not cursor
        self._places: dict[str, Any] = dict(cursor.get("timelines", {}))
        self._documents: dict[str, dict[str, Any]] = {}
        self._requests = self._without_text = self._unmatched = 0
        self._asked_to = 0.0
        self._turn = int(cursor.get("turn", 0))
        self._has_more = self._may_miss = self.has_advanced = False

    def order(self) -> list[str]:
        """The timelines; another one is the first in each read, so that none takes all of it."""
        names = list(self._source.timelines)
        turn = self._turn % len(names)
        return names[turn:] + names[:turn]

    def timeline(self, channel: str) -> None:
        """Read a timeline page by page, to its end or to a limit."""
        place = self._places.get(channel, {})
        after, seen = place.get("after", ""), list(place.get("seen", ()))
        while not self._is_over():
            page, self._asked_to = self._source.page(
                self._source.timelines[channel], after, self._now
            )
            self._requests += 1
            new = [status for status in page if status["id"] not in seen]
            self._may_miss |= not self._is_first and not after and len(new) == PAGE
            for status in new:
                if len(self._documents) >= self._budget:
                    break
                self._take(status, channel)
                after = status["id"]
                seen.append(after)
            seen = seen[-MAX_SEEN:]
            self._places[channel] = {"after": after, "seen": seen}
            self.has_advanced |= bool(new)
            if (len(page) < PAGE and len(self._documents) < self._budget) or not new:
                return
        self._has_more = True

    def _is_over(self) -> bool:
        is_full = len(self._documents) >= self._budget
        return is_full or self._requests >= MAX_REQUESTS or bool(self._asked_to)

    def _take(self, status: Status, channel: str) -> None:
        if status.get("reblog") or status.get("visibility", "public") not in TAKEN:
            return
        document = self._source.document(status, channel, self._now)
        if "text" not in document:
            self._without_text += 1
        elif self._source.watch.takes(document):
            self._documents.setdefault(document["id"], document)
        else:
            self._unmatched += 1

    def fetched(self) -> Fetched:
        """The documents of all timelines, and the next cursor."""
        asked = {"asked_to": self._asked_to} if self._asked_to else {}
        return Fetched(
            sorted(self._documents.values(), key=lambda one: one.get("created_at", "")),
            {"timelines": self._places, "turn": self._turn + 1, **asked},
            self._has_more and not self._asked_to,
            self._may_miss,
            self._without_text,
            self._unmatched,
        )


def open_source(settings: Settings) -> Mastodon:
    """The timelines of some settings. Raises `BadSetting`."""
    server = settings.address("server")
    token = settings.secrets.get("token", "")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise BadSetting("token: must have printable ASCII characters without spaces")
    tags = [tag.lstrip("#") for tag in settings.words("tags")]
    if len(tags) > MAX_TAGS:
        raise BadSetting(f"tags: {len(tags)} are given, at most {MAX_TAGS}; add another source")
    timelines = {f"#{tag}": f"tag/{quote(tag, safe='')}" for tag in tags} or {"public": "public"}
    return Mastodon(
        server,
        settings.web(server),
        timelines,
        settings.text("channel"),
        token,
        settings.watch(),
    )


def _time(text: object) -> datetime | None:
    """When a post was written; None for a text that is no time."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _reset(response: WebResponse) -> float:
    """When the server takes requests again, in seconds since 1970; 0 if it does not say so."""
    try:
        return datetime.fromisoformat(response.headers["x-ratelimit-reset"]).timestamp()
    except (KeyError, ValueError):
        return 0.0
