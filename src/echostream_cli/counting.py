"""Waits until the counters of a deployment have counted all changes of its table."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.retry import poll_waits
from echostream.domain.counters import OPERATOR, counted_in_all_shards

KEPT = timedelta(days=1)
"""The time after which the items of these commands expire."""


def wait_until_counted(
    client: Any, table: str, timeout: float, window: timedelta = timedelta(0)
) -> bool:
    """Whether all changes of a table made so far were counted within `timeout` seconds.

    `client` is of DynamoDB; `window` is the deployment's `DeriveWindow`. Raises `TryAgain`.
    """
    store = DynamoDBStore(client, table, KEPT, shards=1)
    counters = DynamoDBCounters(client, table, KEPT, shards=1)
    now, end = datetime.now(UTC), time.monotonic() + timeout
    store.mark_received(OPERATOR, now)
    for wait in poll_waits(0.05, 2.0):
        counted_to = counters.counted_to(OPERATOR)
        counted_to = counted_in_all_shards(counted_to, window, datetime.now(UTC))
        if counted_to and counted_to >= now:
            return True
        if time.monotonic() + wait > end:
            break
        time.sleep(wait)
    return False
