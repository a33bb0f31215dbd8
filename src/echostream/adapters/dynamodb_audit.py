"""The audit log in the documents table: an item per event, which nothing changes afterwards."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from echostream.adapters import dynamodb_reads, dynamodb_writes
from echostream.adapters.audit_items import audit_item, audit_queries, event_from_item
from echostream.adapters.table_items import Item
from echostream.adapters.table_keys import SORT
from echostream.domain.audit import AuditEvent, AuditPage, AuditQuestion

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_READS = 20
"""Pages of DynamoDB that are read for one page of events of an action."""
READ_ITEMS = 1_000
"""Events in a page of DynamoDB, if those of one action are asked for."""


class DynamoDBAudit:
    """An `AuditLog` in a DynamoDB table. `kept` is the time after which DynamoDB deletes events."""

    def __init__(self, client: "DynamoDBClient", table: str, kept: timedelta) -> None:
        self._client = client
        self._table = table
        self._kept = kept

    def record(self, event: AuditEvent) -> None:
        """If the id exists, this event was stored by a call whose response was lost."""
        item = audit_item(event, self._kept)
        condition = "attribute_not_exists(pk)"
        dynamodb_writes.put(self._client, self._table, Item=item, ConditionExpression=condition)

    def read(
        self, tenant: str, question: AuditQuestion, limit: int, before: str | None = None
    ) -> AuditPage:
        found: list[AuditEvent] = []
        size = READ_ITEMS if question.action else limit + 2  # the one at `before`, the next page's
        pages = self._pages(tenant, question, before, size)
        for number, (items, last) in enumerate(pages, start=1):
            found += [event_from_item(item) for item in items if item[SORT]["S"] != before]
            if len(found) > limit:
                return AuditPage(found[:limit], found[limit - 1].id)
            if last is not None and number >= MAX_READS:
                return AuditPage(found, last)
        return AuditPage(found, None)

    def _pages(
        self, tenant: str, question: AuditQuestion, before: str | None, size: int
    ) -> Iterator[tuple[list[Item], str | None]]:
        """Pages of events, each with the id at which its month continues."""
        for query in audit_queries(tenant, question, before):
            for items, key in dynamodb_reads.pages(self._client, self._table, **query, Limit=size):
                yield items, key[SORT]["S"] if key else None
