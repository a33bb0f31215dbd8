"""Feeds for tests: the shapes are those of RSS 2.0 and of Atom (RFC 4287)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape


def rss(items: Sequence[str], language: str = "en") -> bytes:
    head = f"<title>Kettles</title><language>{language}</language>"
    return f'<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def item(title: str = "", **elements: str) -> str:
    """An item; `date` is its pubDate."""
    named = {"title": title, **elements}
    parts = {"pubDate" if name == "date" else name: text for name, text in named.items() if text}
    return f"<item>{''.join(f'<{n}>{escape(t)}</{n}>' for n, t in parts.items())}</item>"


START = datetime(2026, 5, 20, tzinfo=UTC)


def numbered(numbers: Sequence[int], start: datetime = START) -> bytes:
    """A feed with an item for each number, in this order, a minute apart."""
    return rss(
        [
            item(
                f"title {n}",
                guid=f"g{n}",
                link=f"https://example.org/{n}",
                date=format_datetime(start + timedelta(minutes=n), usegmt=True),
            )
            for n in numbers
        ]
    )
