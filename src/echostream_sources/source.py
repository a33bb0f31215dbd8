"""What a source is: something that is read again and again, from where the last read ended."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Cursor = Mapping[str, Any]
"""How far a source was read, as JSON; only the source knows its content. Empty before the first
read."""


class SourceFailed(Exception):
    """A source could not be read. The message names the source's address and the reason.

    `wait` is the number of seconds after which the service wants the next request, if it said so.
    """

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Fetched:
    """The documents of a read, oldest first, as `POST /ingest` takes them, and the next cursor.

    `has_more` says that the source has more documents now. `may_miss` says that documents may have
    appeared and disappeared since the last read. `without_text` counts what has no text to score,
    `unmatched` what has none of the keywords or languages of the source.
    """

    documents: Sequence[Mapping[str, Any]]
    cursor: Cursor
    has_more: bool = False
    may_miss: bool = False
    without_text: int = 0
    unmatched: int = 0


class Source(Protocol):
    """A source. The cursor of a read is stored only when its documents are accepted.

    So a crash repeats documents and never skips any: each has an id that a repeat does not change.
    """

    @property
    def name(self) -> str:
        """The `source` of its documents."""

    def fetch(self, cursor: Cursor, budget: int, now: datetime) -> Fetched:
        """Read up to a number of documents. Raises `SourceFailed`."""


_OF_ANOTHER_FORM = (
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError),
    RecursionError,  # JSON with very many brackets
    OSError,  # a time that no clock has
)


def check_limit(cursor: Cursor, address: str, now: datetime) -> None:
    """Raise `SourceFailed` before `asked_to`, when a service takes requests again.

    The cursor has it, in seconds since 1970, because the next process has to wait too.
    """
    wait = cursor.get("asked_to", 0) - now.timestamp()
    if wait > 0:
        raise SourceFailed(f"{address}: all requests of the period are used", wait)


@contextmanager
def unexpected(address: str) -> Iterator[None]:
    """Turn an error of the code that reads a response into `SourceFailed`: it has another form."""
    try:
        yield
    except _OF_ANOTHER_FORM as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise SourceFailed(f"{address}: unexpected response: {reason}") from error
