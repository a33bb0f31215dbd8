"""The kinds of sources, their settings, and how one is opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from echostream_sources.settings import BadSetting, Settings, host_of
from echostream_sources.source import Source


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: what it means, an example, and whether a source needs it."""

    name: str
    about: str
    example: str
    is_required: bool = False
    is_secret: bool = False
    is_address: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source; its module has the function `open_source`.

    `hosts` are those of its service, which it asks if no setting names another one.
    """

    name: str
    about: str
    settings: tuple[Setting, ...]
    hosts: frozenset[str] = frozenset()
    needs_samples: bool = False

    def named_hosts(self, values: Mapping[str, str]) -> frozenset[str]:
        """The hosts that settings of a source name."""
        texts = [values.get(one.name, "").strip() for one in self.settings if one.is_address]
        return frozenset(
            host_of(text if "://" in text else f"https://{text}") for text in texts if text
        )

    @property
    def example(self) -> str:
        """A source of this kind with the settings that it needs, or else with its first one."""
        needed = [one for one in self.settings if one.is_required] or self.settings[:1]
        parts = [f"{one.name}={one.example}" for one in needed if not one.is_secret]
        return " ".join((self.name, *parts))


COMMON = (
    Setting("keywords", "take documents with one of these words only", "kettle,tea*"),
    Setting("channel", "the channel of the documents, in place of the source's own", "press"),
)
LANGUAGES = Setting("languages", "take documents of these languages only", "en,de")
KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "rss",
            "an RSS or Atom feed: blogs, news, reviews of app stores",
            (
                Setting(
                    "feed",
                    "the feed's address",
                    "https://example.org/feed.xml",
                    is_required=True,
                    is_address=True,
                ),
                *COMMON,
            ),
        ),
        Kind(
            "hackernews",
            "stories and comments of Hacker News",
            (
                Setting("items", "which ones", "stories,comments"),
                *COMMON,
                Setting(
                    "server",
                    "a search service with Algolia's API",
                    "https://hn.algolia.com",
                    is_address=True,
                ),
            ),
            frozenset(("hn.algolia.com",)),
        ),
        Kind(
            "reddit",
            "posts and comments of subreddits, or of a search",
            (
                Setting("subreddits", "their names; by default all of Reddit", "tea,coffee"),
                Setting(
                    "search", "posts that it finds, in place of all posts and comments", "kettle"
                ),
                Setting("items", "which ones", "posts,comments"),
                *COMMON,
                Setting(
                    "server",
                    "a server with Reddit's API",
                    "https://oauth.reddit.com",
                    is_address=True,
                ),
                Setting("client_id", "the id of your application at Reddit", "", True, True),
                Setting("client_secret", "its secret", "", True, True),
            ),
            frozenset(("www.reddit.com", "oauth.reddit.com")),
        ),
        Kind(
            "bluesky",
            "public posts and replies of Bluesky",
            (
                Setting("items", "which ones", "posts,replies"),
                LANGUAGES,
                *COMMON,
                Setting(
                    "server",
                    "a Jetstream",
                    "wss://jetstream2.us-east.bsky.network",
                    is_address=True,
                ),
            ),
            frozenset(
                f"jetstream{number}.us-{coast}.bsky.network"
                for number in (1, 2)
                for coast in ("east", "west")
            ),
        ),
        Kind(
            "mastodon",
            "the public timeline or hashtags of a Mastodon server",
            (
                Setting(
                    "server", "the server", "mastodon.social", is_required=True, is_address=True
                ),
                Setting("tags", "hashtags, in place of the public timeline", "tea,coffee"),
                LANGUAGES,
                *COMMON,
                Setting("token", "an access token of the server", "", is_secret=True),
            ),
        ),
        Kind(
            "replay",
            "the sample data, without a network",
            (
                Setting("per_minute", "the mean number of documents a minute", "10"),
                *COMMON,
            ),
            needs_samples=True,
        ),
    )
}


def kind_of(name: str) -> Kind:
    """The kind with a name. Raises `BadSetting`."""
    if name not in KINDS:
        raise BadSetting(f"source: must be one of {', '.join(KINDS)}, is {name!r}")
    return KINDS[name]


def open_source(name: str, settings: Settings) -> Source:
    """A source of a kind. Raises `BadSetting`."""
    kind = kind_of(name)
    check_names(kind, settings.values)
    check_names(kind, settings.secrets, is_secret=True)
    source: Source = import_module(f"echostream_sources.{name}").open_source(settings)
    return source


def check_names(kind: Kind, values: Mapping[str, str], *, is_secret: bool = False) -> None:
    """Raises `BadSetting` for a setting that is unknown, or missing."""
    known = {one.name: one for one in kind.settings if one.is_secret == is_secret}
    for name in values:
        if name not in known:
            names = ", ".join(known) or "none"
            raise BadSetting(f"{name}: {kind.name} has no such setting; it has {names}")
    for one in known.values():
        if one.is_required and not values.get(one.name, "").strip():
            raise BadSetting(f"{one.name}: is missing, {one.about}; for example: {kind.example}")
