"""The write of version 1.0: a document and its counter in one transaction.

A model with the constants of that version (`git show a20e319:src/echostream/dynamodb.py`), for
comparison: 8 attempts, full jitter from 0.05 s, 4 shards of the counters of an hour, which share
one partition of the day.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from echostream.adapters.retry import backoff
from echostream.adapters.table_items import EXPIRY, document_item
from echostream.adapters.table_keys import PARTITION, SORT
from echostream.domain.codec import time_to_wire
from echostream.domain.document_store import shard_of, time_partition_of
from echostream.domain.errors import TryAgain
from echostream.domain.model import ScoredDocument, hour_of

SHARDS = 4
MAX_ATTEMPTS = 8
BACKOFF = 0.05
"""Seconds, doubled with each attempt."""
RETENTION = timedelta(days=30)


def put(client: Any, sleep: Callable[[float], None], tenant: str, scored: ScoredDocument) -> None:
    """Store a document and count it. Raises `TryAgain`."""
    actions = [_put_document(tenant, scored), _add_to_count(tenant, scored)]
    for attempt in range(MAX_ATTEMPTS):
        try:
            client.transact_write_items(TransactItems=actions)
            return
        except client.exceptions.TransactionCanceledException as error:
            if error.response["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed":
                return  # stored by a former request
        sleep(backoff(attempt, BACKOFF))
    raise TryAgain("table: too many writers at once")


def _put_document(tenant: str, scored: ScoredDocument) -> Any:
    item = document_item(tenant, scored, time_partition_of(scored, SHARDS), RETENTION)
    return {"Put": {"Item": item, "ConditionExpression": f"attribute_not_exists({PARTITION})"}}


def _add_to_count(tenant: str, scored: ScoredDocument) -> Any:
    document = scored.document
    hour, shard = hour_of(document.created_at), shard_of(document.id, SHARDS)
    label = scored.enrichment.sentiment.lower()
    return {
        "Update": {
            "Key": {
                PARTITION: {"S": f"count#{tenant}#{hour:%Y-%m-%d}"},
                SORT: {"S": f"{time_to_wire(hour)}#{shard}#{document.source}"},
            },
            "UpdateExpression": f"SET {EXPIRY} = :expiry ADD {label} :one, compound_sum :sum",
            "ExpressionAttributeValues": {
                ":one": {"N": "1"},
                ":sum": {"N": str(scored.enrichment.compound)},
                ":expiry": {"N": str(int((hour + RETENTION).timestamp()))},
            },
        }
    }
