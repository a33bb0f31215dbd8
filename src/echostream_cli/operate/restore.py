"""Restores a backup into the documents table: `make restore FROM=file`.

Documents are written as they were first stored, but for those that were erased since; tenants that
were deleted since, and their members, are left out too. Documents are
counted from the table's stream; counts in the backup are ignored. Items in the table do not change,
so a restore that was interrupted continues when it is run again. An item keeps its time of expiry;
expired items are not restored.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from echostream.adapters import dynamodb_writes
from echostream.adapters.directory_items import as_deleting, tenant_and_time
from echostream.adapters.dynamodb_erasures import DynamoDBErasures
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_items import (
    InvalidItem,
    StoredDocument,
    is_expired,
    put_if_absent,
    stored_document_from_item,
)
from echostream.adapters.table_keys import DERIVED, kind_of
from echostream.domain.document_store import Outcome
from echostream.domain.erasure import ErasedDocuments
from echostream.domain.model import ScoredDocument
from echostream_cli.console import progress
from echostream_cli.operate import backup_file
from echostream_cli.operate.backup import get_key_schema
from echostream_cli.operate.backup_file import InvalidBackup, Item

BATCH = 250
_LABELS = {
    Outcome.STORED: "documents restored",
    Outcome.REPEATED: "documents already stored",
    Outcome.CONFLICT: "documents not restored (the table has another text)",
    Outcome.REFUSED: "documents not restored (too large for the table)",
}


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """The content of a backup: the number of items, and the retentions of its documents."""

    items: int
    retentions: tuple[timedelta, ...]


def check(path: Path, keys: list[dict[str, str]]) -> BackupSummary:
    """Read a whole backup before anything is written. Raises `InvalidBackup`."""
    if backup_file.read_header(path).keys != keys:
        raise InvalidBackup(f"{path}: is of a table with other keys; restore it into such a table")
    retentions, number = set(), 0
    with progress("checking", "items") as advance:
        for item in _read(path, advance):
            number += 1
            if kind_of(item) == "doc":
                retentions.add(_parse_document(path, item).retention)
    return BackupSummary(number, tuple(sorted(retentions)))


def restore(client: Any, table: str, shards: int, path: Path, now: datetime) -> Counter[str]:
    """Restore a backup into a table; the number of items by outcome."""
    summary = check(path, get_key_schema(client, table))
    counts: Counter[str] = Counter()
    passes = 2 + len(summary.retentions)
    erasures = _Erasures(DynamoDBErasures(client, table, lambda: now))
    with progress("restoring", "items", summary.items * passes) as advance:
        for selection in (is_erasure, is_other):  # the first ones decide about the others
            chosen = filter(selection, _read(path, advance))
            _put_others(client, table, erasures.without_deleted(chosen, counts), now, counts)
        for retention in summary.retentions:
            store = DynamoDBStore(client, table, retention, shards)
            documents = (item for item in _read(path, advance) if kind_of(item) == "doc")
            for tenant, all_of_batch in _make_batches(path, documents, retention, now, counts):
                batch = erasures.leave_out(tenant, all_of_batch, counts)
                if batch:
                    counts.update(_LABELS[put.outcome] for put in store.put(tenant, batch, now))
                    store.mark_received(tenant, now)
    return counts


class _Erasures:
    """The erasures of the table, read once for each tenant."""

    def __init__(self, erasures: DynamoDBErasures) -> None:
        self._erasures = erasures
        self._by_tenant: dict[str, ErasedDocuments] = {}

    def leave_out(
        self, tenant: str, batch: list[ScoredDocument], counts: Counter[str]
    ) -> list[ScoredDocument]:
        """The documents of a batch that no erasure covers."""
        erased = self._of(tenant)
        left = [
            one
            for one in batch
            if not erased.has(one.document.id, one.document.author, one.enrichment.enriched_at)
        ]
        counts["documents erased since"] += len(batch) - len(left)
        return left

    def without_deleted(self, items: Iterable[Item], counts: Counter[str]) -> Iterator[Item]:
        """The items, without members and live sources of a deleted tenant.

        A tenant whose deletion runs stays, so that `echostream tenant delete` continues it.
        """
        for item in items:
            origin = tenant_and_time(item)
            if origin is None or not self._of(origin[0]).has_all(origin[1]):
                yield item
            elif kind_of(item) == "tenants" and self._of(origin[0]).is_being_deleted:
                yield as_deleting(item)
            else:
                counts["items of deleted tenants"] += 1

    def _of(self, tenant: str) -> ErasedDocuments:
        if tenant not in self._by_tenant:
            self._by_tenant[tenant] = ErasedDocuments(self._erasures.since(tenant))
        return self._by_tenant[tenant]


def _read(path: Path, advance: Callable[[int], None]) -> Iterator[Item]:
    for item in backup_file.read_items(path):
        advance(1)
        yield item


def is_erasure(item: Item) -> bool:
    """Whether an item is an erasure."""
    return kind_of(item) == "erasure"


def is_other(item: Item) -> bool:
    """Whether an item is neither an erasure nor a document, nor follows from documents."""
    return kind_of(item) not in {"doc", "erasure", *DERIVED}


def _put_others(
    client: Any, table: str, items: Iterable[Item], now: datetime, counts: Counter[str]
) -> None:
    """Restore items that are not documents."""
    for item in items:
        if not is_expired(item, now):
            kind = kind_of(item)
            is_written = dynamodb_writes.put(client, table, **put_if_absent(item))
            counts[f"{kind} items {'restored' if is_written else 'already stored'}"] += 1


def _make_batches(
    path: Path,
    items: Iterable[Item],
    retention: timedelta,
    now: datetime,
    counts: Counter[str],
) -> Iterator[tuple[str, list[ScoredDocument]]]:
    """Documents with one retention, in batches of one tenant."""
    documents = (_parse_document(path, item) for item in items)
    matching = (stored for stored in documents if stored.retention == retention)
    batches: dict[str, list[ScoredDocument]] = {}
    for stored in _skip_expired(matching, now, counts):
        batches.setdefault(stored.tenant, []).append(stored.scored)
        if len(batches[stored.tenant]) == BATCH:
            yield stored.tenant, batches.pop(stored.tenant)
    yield from batches.items()


def _skip_expired(
    documents: Iterable[StoredDocument], now: datetime, counts: Counter[str]
) -> Iterator[StoredDocument]:
    for stored in documents:
        if stored.expires_at <= now:
            counts["documents expired since"] += 1
        else:
            yield stored


def _parse_document(path: Path, item: Item) -> StoredDocument:
    try:
        return stored_document_from_item(item)
    except InvalidItem as error:
        raise InvalidBackup(f"{path}: {error}") from error
