"""Reddit: posts and comments of subreddits, or those that a search finds. PRAW reads the API.

A listing is newest first and has about 1,000 items. A read goes back to items that it knows, since
to ask for what follows one item brings nothing once that item is deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import praw
from praw.exceptions import PRAWException
from prawcore.exceptions import (
    NotFound,
    OAuthException,
    PrawcoreException,
    Redirect,
    RequestException,
    ResponseException,
)

from echostream_sources.post import Post
from echostream_sources.reddit_session import RedditSession
from echostream_sources.settings import BadSetting, Settings
from echostream_sources.source import Cursor, Fetched, SourceFailed, check_limit, unexpected
from echostream_sources.watch import EVERYTHING, Watch
from echostream_sources.web import Web

NAME = "reddit"
SITE, API = "https://www.reddit.com", "https://oauth.reddit.com"
PAGE = 100
"""Items of a response (a limit of Reddit), and of the first read of a listing."""
MAX_SEEN = 300
"""Items of a listing that are remembered: some stay in the listing if others are deleted."""
GONE = ("[removed]", "[deleted]")
USER_AGENT = "python:echostream:2.0 (reads public posts on behalf of its user)"
ITEMS = ("posts", "comments")

Item = Any
"""A submission or a comment of PRAW, with the fields that a listing has."""


@dataclass(frozen=True)
class Reddit:
    """Listings of subreddits. `search` replaces the newest posts by those that it finds.

    `channel` is that of all documents, if it is given.
    """

    site: str
    api: str
    web: Web
    secrets: Mapping[str, str] = field(repr=False)
    subreddits: str = "all"
    listings: tuple[str, ...] = ITEMS
    search: str = ""
    channel: str = ""
    watch: Watch = EVERYTHING
    name: str = NAME

    @cached_property
    def _session(self) -> RedditSession:
        return RedditSession(self.web)

    @cached_property
    def _reddit(self) -> praw.Reddit:
        return praw.Reddit(
            client_id=self.secrets["client_id"],
            client_secret=self.secrets["client_secret"],
            username=None,
            password=None,
            refresh_token=None,
            user_agent=USER_AGENT,
            reddit_url=self.site,
            oauth_url=self.api,
            check_for_updates=False,
            requestor_kwargs={"session": self._session},
        )

    def fetch(self, cursor: Cursor, budget: int, now: datetime) -> Fetched:
        """Read the items that are new since the last read, oldest first. Raises `SourceFailed`."""
        check_limit(cursor, self.api, now)
        self._session.start(now)
        known: dict[str, list[str]] = {one: cursor.get(one, []) for one in self.listings}
        found: dict[str, tuple[str, Item]] = {}
        may_miss = False
        for listing, seen in known.items():
            new, is_connected = self._new(listing, set(seen))
            may_miss |= not is_connected
            found |= {item.fullname: (listing, item) for item in new}
        with unexpected(self.api):
            new = sorted(found.values(), key=lambda one: one[1].created_utc)
            choice = self.watch.choose([self._document(item, now) for _, item in new], budget)
        for listing, item in new[: choice.read]:
            known[listing] = [*known[listing], item.fullname][-MAX_SEEN:]
        asked = {"asked_to": self._session.asked_to} if self._session.asked_to else {}
        return Fetched(
            choice.taken,
            {**known, **asked},
            has_more=choice.read < len(new) and not asked,
            may_miss=may_miss,
            without_text=choice.without_text,
            unmatched=choice.unmatched,
        )

    def _new(self, listing: str, seen: set[str]) -> tuple[list[Item], bool]:
        """The items that were not seen, and whether the listing goes back to one that was.

        The page with a known item is read to its end: moderators approve items late.
        """
        new: list[Item] = []
        is_connected = not seen
        try:
            for number, item in enumerate(self._items(listing, None if seen else PAGE), 1):
                if item.fullname in seen:
                    is_connected = True
                else:
                    new.append(item)
                if is_connected and number % PAGE == 0:
                    break
        except (PrawcoreException, PRAWException) as error:
            raise self._failure(error) from error
        return new, is_connected

    def _items(self, listing: str, limit: int | None) -> Any:
        with unexpected(self.api):
            subreddit = self._reddit.subreddit(self.subreddits)
            if listing == "comments":
                yield from subreddit.comments(limit=limit)
            elif self.search:
                yield from subreddit.search(self.search, sort="new", limit=limit)
            else:
                yield from subreddit.new(limit=limit)

    def _failure(self, error: Exception) -> SourceFailed:
        """The error of the source for one of PRAW: without a credential, with the fix."""
        if isinstance(error, RequestException):
            cause = error.original_exception
            return (
                cause if isinstance(cause, SourceFailed) else SourceFailed(f"{self.api}: {cause}")
            )
        status = error.response.status_code if isinstance(error, ResponseException) else 0
        if isinstance(error, OAuthException) or status == 401:
            return SourceFailed(f"{self.api}: HTTP 401: client_id or client_secret is wrong")
        if isinstance(error, (NotFound, Redirect)):
            return SourceFailed(f"{self.api}: HTTP {status}: r/{self.subreddits} does not exist")
        if status == 403:
            return SourceFailed(
                f"{self.api}: HTTP 403: r/{self.subreddits} is private, or Reddit has not approved"
                " these credentials"
            )
        return SourceFailed(f"{self.api}: {error}")

    def _document(self, item: Item, now: datetime) -> dict[str, Any]:
        """The document of an item. A crosspost has its own title; the original is not repeated."""
        fields = vars(item)
        body = fields.get("body") or fields.get("selftext") or ""
        is_gone = body in GONE or bool(fields.get("removed_by_category"))
        parts = () if is_gone else (fields.get("title"), body)
        return Post(
            f"{self.name}-{item.fullname}",
            self.name,
            self.channel or fields["subreddit"].display_name,
            "\n\n".join(filter(None, parts)),
            datetime.fromtimestamp(fields["created_utc"], UTC),
            fields["author"].name if fields.get("author") else "",
            f"{SITE}{fields['permalink']}",
        ).document(now)


def open_source(settings: Settings) -> Reddit:
    """The listings of some settings. Raises `BadSetting`."""
    site, api = settings.address("server", SITE), settings.address("server", API)
    subreddits = _names(settings.words("subreddits", "all"))
    listings = settings.choices("items", ITEMS)
    search = settings.text("search")
    return Reddit(
        site,
        api,
        settings.web(api),
        settings.secrets,
        subreddits,
        ("posts",) if search else listings,
        search,
        settings.text("channel"),
        settings.watch(),
    )


def _names(words: Sequence[str]) -> str:
    names = [word.removeprefix("r/") for word in words]
    if wrong := [one for one in names if not one.replace("_", "").isalnum() or not one.isascii()]:
        raise BadSetting(f"subreddits: {wrong[0]!r} is no name of a subreddit")
    return "+".join(names)
