"""How documents of a tenant are stored: redacted, with pseudonyms for authors, for fewer days.

A document is changed at the door, before anything is written, and its id, if it has none, follows
from what is stored. To apply the options twice changes nothing more.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from echostream.domain.errors import BadDocument
from echostream.domain.redaction import has_email, redact

REDACTED_FIELDS = ("text", "source", "channel", "url")
KEY_BYTES = 32
_PSEUDONYM = re.compile(r"anon-[0-9a-f]{20}")


@dataclass(frozen=True, slots=True)
class PrivacyOptions:
    """The options of a tenant. Days of None are those of the deployment."""

    pseudonyms: bool = False
    redact: bool = False
    table_days: int | None = None
    lake_days: int | None = None

    @property
    def needs_key(self) -> bool:
        """Whether authors, or some of them, are stored as pseudonyms."""
        return self.pseudonyms or self.redact


DEFAULT = PrivacyOptions()


def new_key() -> str:
    """A random key for pseudonyms, in hexadecimal."""
    return secrets.token_hex(KEY_BYTES)


def pseudonym(key: bytes, author: str) -> str:
    """The pseudonym of an author: a keyed hash (HMAC-SHA256). That of a pseudonym is itself."""
    if _PSEUDONYM.fullmatch(author):
        return author
    return "anon-" + hmac.digest(key, author.encode("utf-8", "surrogatepass"), "sha256").hex()[:20]


@dataclass(frozen=True, slots=True)
class Privacy:
    """The options of a tenant, with the key of its pseudonyms, which nothing prints."""

    options: PrivacyOptions = DEFAULT
    key: bytes = field(default=b"", repr=False)

    def retention(self, default: timedelta) -> timedelta:
        """The age at which a document leaves the table: never more than the deployment's."""
        days = self.options.table_days
        return default if days is None else min(default, timedelta(days=days))

    def apply(self, row: Any) -> Any:
        """A document as it is stored, from its JSON as sent; the same object if nothing changes.

        What is no document, or has fields of other types, is returned as it is: validation
        refuses it. Raises `BadDocument` for an id with an e-mail address, if these are redacted.
        """
        if not self.options.needs_key or not isinstance(row, dict):
            return row
        changes = self._redacted(row) if self.options.redact else {}
        author = row.get("author")
        if isinstance(author, str) and author and self._is_hidden(author):
            changes["author"] = pseudonym(self.key, author)
        return {**row, **changes} if changes else row

    def _redacted(self, row: Mapping[str, Any]) -> dict[str, Any]:
        name = row.get("id")
        if isinstance(name, str) and has_email(name):
            raise BadDocument("invalid_value", "id: must have no e-mail address in this tenant")
        values = {name: row[name] for name in REDACTED_FIELDS if isinstance(row.get(name), str)}
        changes: dict[str, Any] = {n: redact(v) for n, v in values.items() if redact(v) != v}
        attributes = row.get("attributes")
        if isinstance(attributes, dict):
            redacted = {n: redact(v) if isinstance(v, str) else v for n, v in attributes.items()}
            if redacted != attributes:
                changes["attributes"] = redacted
        return changes

    def _is_hidden(self, author: str) -> bool:
        return self.options.pseudonyms or redact(author) != author


PLAIN = Privacy()
"""Documents are stored as they were sent."""
