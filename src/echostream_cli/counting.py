"""Waits until the counters of a deployment have counted all changes of its table."""

import time
from datetime import UTC, datetime

from echostream.adapters.retry import poll_waits
from echostream.domain.counters import Counters
from echostream.domain.document_store import DocumentStore

OPERATOR = "~"
"""In place of a tenant, which cannot have this name: the times of receipt of these commands."""


def wait_until_counted(store: DocumentStore, counters: Counters, timeout: float) -> bool:
    """Whether all changes made so far were counted within `timeout` seconds."""
    now, end = datetime.now(UTC), time.monotonic() + timeout
    store.mark_received(OPERATOR, now)
    for wait in poll_waits(0.05, 2.0):
        counted_to = counters.counted_to(OPERATOR)
        if counted_to and counted_to >= now:
            return True
        if time.monotonic() + wait > end:
            break
        time.sleep(wait)
    return False
