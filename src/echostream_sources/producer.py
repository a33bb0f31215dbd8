"""The producer: reads the sources that are due, and sends what is new to `POST /ingest`."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from echostream.domain.codec import time_from_wire
from echostream.domain.errors import EchoStreamError
from echostream.domain.live_sources import Listed, LiveSource, LiveSources, Progress, Read
from echostream_sources.settings import BadSetting
from echostream_sources.source import Cursor, Fetched, Source, SourceFailed

logger = logging.getLogger(__name__)

BATCH = 500
"""Documents of a read at most."""
READ_SECONDS = 60.0
"""A read begins only if this much time is left."""
MAX_CURSOR_BYTES = 350_000
"""An item of DynamoDB has at most 400 KB."""
MISSED = "gaps"
"""The count of reads that may have missed documents."""


class SendFailed(Exception):
    """Documents were not accepted now; the read is repeated. `wait` as in `SourceFailed`."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Send(Protocol):
    """Sends documents of a tenant."""

    def __call__(self, tenant: str, documents: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
        """Send documents; counts by outcome, `accepted` among them. Raises `SendFailed`."""


@dataclass(frozen=True, slots=True)
class Producer:
    """`open_` opens a source. Documents are sent whatever their age."""

    sources: LiveSources
    open_: Callable[[LiveSource], Source]
    send: Send
    clock: Callable[[], datetime]

    def run(self, seconds: Callable[[], float]) -> list[Listed]:
        """Read each source that is due, the one that waits longest first; their progress after it.

        `seconds` is the time that is left. An error of one source does not stop the others.
        """
        now = self.clock()
        due = sorted(
            (one for one in self.sources.all() if one.is_due(now)),
            key=lambda one: one.progress.due_at,
        )
        done = []
        for listed in due:
            if seconds() < READ_SECONDS:
                break
            claimed = self.sources.save(listed.source, listed.progress.claimed(self.clock()))
            if claimed is not None:
                done.append(Listed(listed.source, self._read(listed.source, claimed)))
        return done

    def _read(self, source: LiveSource, progress: Progress) -> Progress:
        """Read a source once, and store its progress. The cursor moves if all was accepted."""
        budget = min(BATCH, progress.left(source.budget, self.clock()))
        cursor = self.sources.cursor(source)
        try:
            fetched = self.open_(source).fetch(cursor, budget, self.clock()) if budget else None
            if fetched:
                _check_size(fetched.cursor)
            read = self._send(source, fetched) if fetched else NOTHING
        except (SourceFailed, SendFailed, BadSetting, EchoStreamError) as error:
            return self._fail(source, progress, str(error), getattr(error, "wait", None))
        except Exception as error:
            logger.exception("source_failed")
            return self._fail(source, progress, f"{type(error).__name__}: see the producer's log")
        after = progress.succeeded(read, source, self.clock())
        return self.sources.save(source, after, fetched.cursor if fetched else None) or after

    def _fail(
        self, source: LiveSource, progress: Progress, error: str, wait: float | None = None
    ) -> Progress:
        after = progress.failed(error, wait, source, self.clock())
        return self.sources.save(source, after) or after

    def _send(self, source: LiveSource, fetched: Fetched) -> Read:
        documents = fetched.documents
        counts = Counter(self.send(source.tenant, documents) if documents else {})
        counts += Counter(
            {
                MISSED: int(fetched.may_miss),
                "without_text": fetched.without_text,
                "unmatched": fetched.unmatched,
            }
        )
        newest = max(filter(None, map(_written, documents)), default=None)
        return Read(len(documents), counts, newest, fetched.has_more)


def _check_size(cursor: Cursor) -> None:
    """Raise `SourceFailed` for a cursor that the table does not take: a service has long ids."""
    size = len(json.dumps(cursor).encode())
    if size > MAX_CURSOR_BYTES:
        raise SourceFailed(
            f"the place up to which it was read needs {size:,} bytes, which is too much"
        )


NOTHING = Read(0, {}, None, has_more=False)


def _written(document: Mapping[str, Any]) -> datetime | None:
    at = document.get("created_at")
    return time_from_wire("created_at", at) if at else None
