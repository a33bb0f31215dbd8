"""What a cell of a table looks like: a name, or a number, a date, an address."""

import re
from datetime import date, time
from typing import Any

_NUMBER = re.compile(r"[-+]?[$€£]?\d[\d.,' ]*(?:e[-+]?\d+)?\s?%?", re.IGNORECASE)
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b.*"
    r"|(?=.*\b\d{1,2}\b)(?=.*\b(?:19|20)\d\d\b).*"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b.*"
    r"|\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]m)?",
    re.IGNORECASE | re.DOTALL,
)
_ADDRESS = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.]+", re.IGNORECASE)
_KNOWN = frozenset((
    "text", "title", "body", "review", "reviewtext", "reviewbody", "reviewtitle", "comment",
    "comments", "message", "content", "answer", "description", "feedback", "tweet", "fulltext",
    "response", "caption", "post", "summary", "subject", "headline", "date", "time", "datetime",
    "timestamp", "day", "created", "createdat", "createdutc", "publishedat", "published", "id",
    "reviewid", "commentid", "tweetid", "userid", "uuid", "author", "user", "username", "name",
    "reviewer", "source", "platform", "url", "link", "permalink", "language", "lang", "channel",
    "rating", "stars", "score", "label", "sentiment", "category",
))  # fmt: skip
_LONGEST_DATE = 64


def is_empty(cell: Any) -> bool:
    """Whether a cell has nothing but white space."""
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def is_data(cell: Any) -> bool:
    """Whether a cell is a number, a date or time, an address of the Web or of mail."""
    if not isinstance(cell, str):
        return isinstance(cell, int | float | date | time)
    text = cell.strip()
    if not text or len(text) > _LONGEST_DATE:
        return bool(_ADDRESS.fullmatch(text)) if text else False
    return any(kind.fullmatch(text) for kind in (_NUMBER, _DATE, _ADDRESS))


def is_known_name(cell: Any) -> bool:
    """Whether a cell is one of the words that tools name columns with."""
    return isinstance(cell, str) and re.sub(r"[\W_]", "", cell).casefold() in _KNOWN
