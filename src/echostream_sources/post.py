"""A post of a service, and the document that `POST /ingest` takes for it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from echostream.domain.codec import time_to_wire
from echostream.domain.validation import LANGUAGE, MAX_LENGTH, MAX_TEXT_BYTES, URL

_SEPARATOR = "\n"


@dataclass(frozen=True, slots=True)
class Post:
    """What a service says of a post, an item or a comment. `id` is that of the document."""

    id: str
    source: str
    channel: str
    text: str
    created_at: datetime | None = None
    author: str = ""
    url: str = ""
    language: str = ""

    def document(self, now: datetime) -> dict[str, Any]:
        """The document with those fields that it may have; without `text` if there is none.

        A text that is too long is cut. A time in the future is now: the clock of the service, or
        its time zone, is wrong.
        """
        text = clean(self.text).encode()[:MAX_TEXT_BYTES].decode(errors="ignore").strip()
        optional = {
            "text": text,
            "created_at": time_to_wire(min(now, self.created_at)) if self.created_at else "",
            "author": clean(self.author)[: MAX_LENGTH["author"]],
            "url": _address(self.url),
            "language": self.language if LANGUAGE.fullmatch(self.language) else "",
        }
        channel = clean(self.channel)[: MAX_LENGTH["channel"]]
        required = {"id": self.id, "source": self.source, "channel": channel}
        return {**required, **{name: value for name, value in optional.items() if value}}


def hashed_id(source: str, *parts: str) -> str:
    """The id of a document that follows from texts of any length."""
    return f"{source}-{hashlib.sha256(_SEPARATOR.join(parts).encode()).hexdigest()[:32]}"


def clean(text: str) -> str:
    """A text that UTF-8 has: half of a surrogate pair becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _address(url: str) -> str:
    """An address, if a document may have it."""
    link = clean(url)
    return link if URL.fullmatch(link) and len(link) <= MAX_LENGTH["url"] else ""
