"""The erasures in the documents table."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from echostream.adapters import dynamodb_reads, dynamodb_writes
from echostream.adapters.dynamodb_directory import read_privacy
from echostream.adapters.erasure_items import (
    erasure_from_item,
    erasure_item,
    erasure_key,
    erasures_query,
    new_erasure,
    next_version,
)
from echostream.domain.erasure import Erasure, Subject
from echostream.domain.errors import Overtaken
from echostream.domain.privacy import pseudonym

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY_BYTES = 32
STORED_WITHIN = timedelta(minutes=1)
"""The time in which an erasure is stored after its request, and until which it covers documents."""


class DynamoDBErasures:
    """`Erasures` in the documents table. Reads are consistent: what follows a request sees it."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def create(self, tenant: str, name: str, subject: Subject, now: datetime) -> Erasure:
        [*former] = self.newest(tenant, 1)
        key = former[0].key if former else secrets.token_bytes(KEY_BYTES)
        subject = self._with_pseudonym(tenant, subject)
        erasure = replace(
            Erasure(tenant, name, subject.kind, subject, key, subject.digest(key), now, now),
            pseudonym_digest=subject.pseudonym_digest(key),
            more_digests=subject.more_digests(key),
        )
        self._put(**new_erasure(erasure_item(erasure)))  # only functions that read later see it
        return self.save(replace(erasure, covers_to=self._clock()))

    def _with_pseudonym(self, tenant: str, subject: Subject) -> Subject:
        """An author with the pseudonym that the key of the tenant gives, if it has one.

        The key is read now: documents have the pseudonym from the moment on that it is made.
        """
        if subject.kind != "author":
            return subject
        key = read_privacy(self._client, self._table, tenant).key
        return replace(subject, pseudonym=pseudonym(key, subject.value)) if key else subject

    def get(self, tenant: str, erasure_id: str) -> Erasure | None:
        key = erasure_key(tenant, erasure_id)
        item = dynamodb_reads.get(self._client, self._table, key, is_consistent=True)
        return erasure_from_item(item) if item else None

    def since(self, tenant: str, moment: datetime | None = None) -> list[Erasure]:
        first = moment - STORED_WITHIN if moment else None
        selection = {**erasures_query(tenant, first), "ConsistentRead": True}
        items = dynamodb_reads.query(self._client, self._table, **selection)
        return [erasure_from_item(item) for item in items]

    def newest(self, tenant: str, limit: int) -> list[Erasure]:
        selection = {**erasures_query(tenant, None), "ConsistentRead": True}
        items = dynamodb_reads.query(
            self._client, self._table, **selection, ScanIndexForward=False, Limit=limit
        )
        return _newest(map(erasure_from_item, items), limit)

    def save(self, erasure: Erasure) -> Erasure:
        saved = replace(erasure, version=erasure.version + 1)
        self._put(**next_version(erasure_item(saved)))
        return saved

    def _put(self, **arguments: Any) -> None:
        if not dynamodb_writes.put(self._client, self._table, **arguments):
            raise Overtaken("another worker has stored this erasure")


def _newest(erasures: Iterable[Erasure], limit: int) -> list[Erasure]:
    """The last erasures by their request. The ids of erasures of tenants are before all others."""
    found, others = [], 0
    for erasure in erasures:
        found.append(erasure)
        others += erasure.kind != "tenant"
        if others == limit:
            break
    return sorted(found, key=lambda one: one.requested_at, reverse=True)[:limit]
