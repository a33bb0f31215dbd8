"""Restores a backup into the documents table: `make restore FROM=file`.

Documents are written with the transaction that first stored them, which counts each once; counts
in the backup are ignored. Items in the table do not change, so a restore that was interrupted
continues when it is run again. An item keeps its time of expiry; expired items are not restored.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_keys import kind_of, tenant_of
from echostream.domain.codec import scored_from_wire
from echostream.domain.document_store import Outcome
from echostream.domain.errors import BadRequest
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
                retentions.add(_parse_document(path, item)[2])
    return BackupSummary(number, tuple(sorted(retentions)))


def restore(client: Any, table: str, shards: int, path: Path, now: datetime) -> Counter[str]:
    """Restore a backup into a table; the number of items by outcome."""
    summary = check(path, get_key_schema(client, table))
    counts: Counter[str] = Counter()
    passes = 1 + len(summary.retentions)
    with progress("restoring", "items", summary.items * passes) as advance:
        _put_others(client, table, _read(path, advance), now, counts)
        for retention in summary.retentions:
            store = DynamoDBStore(client, table, retention, shards)
            documents = (item for item in _read(path, advance) if kind_of(item) == "doc")
            for tenant, batch in _make_batches(path, documents, retention, now, counts):
                counts.update(_LABELS[put.outcome] for put in store.put(tenant, batch, now))
    return counts


def _read(path: Path, advance: Callable[[int], None]) -> Iterator[Item]:
    for item in backup_file.read_items(path):
        advance(1)
        yield item


def _put_others(
    client: Any, table: str, items: Iterable[Item], now: datetime, counts: Counter[str]
) -> None:
    """Restore items that are neither documents nor counts."""
    for item in items:
        kind = kind_of(item)
        if kind not in ("doc", "count") and not _is_expired(item, now):
            is_written = _put(client, table, item, kind)
            counts[f"{kind} items {'restored' if is_written else 'already stored'}"] += 1


def _put(client: Any, table: str, item: Item, kind: str) -> bool:
    """Whether the item was written. Spend is only raised: a restore must not allow more spend."""
    request: dict[str, Any] = {
        "TableName": table,
        "Item": item,
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    if kind == "spend":
        request["ConditionExpression"] += " OR units < :units"
        request["ExpressionAttributeValues"] = {":units": item["units"]}
    try:
        client.put_item(**request)
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def _make_batches(
    path: Path,
    items: Iterable[Item],
    retention: timedelta,
    now: datetime,
    counts: Counter[str],
) -> Iterator[tuple[str, list[ScoredDocument]]]:
    """Documents with one retention, in batches of one tenant."""
    documents = (_parse_document(path, item) for item in items)
    matching = ((tenant, scored) for tenant, scored, own in documents if own == retention)
    batches: dict[str, list[ScoredDocument]] = {}
    for tenant, scored in _skip_expired(matching, retention, now, counts):
        batches.setdefault(tenant, []).append(scored)
        if len(batches[tenant]) == BATCH:
            yield tenant, batches.pop(tenant)
    yield from batches.items()


def _skip_expired(
    documents: Iterable[tuple[str, ScoredDocument]],
    retention: timedelta,
    now: datetime,
    counts: Counter[str],
) -> Iterator[tuple[str, ScoredDocument]]:
    for tenant, scored in documents:
        if scored.document.created_at + retention <= now:
            counts["documents expired since"] += 1
        else:
            yield tenant, scored


def _parse_document(path: Path, item: Item) -> tuple[str, ScoredDocument, timedelta]:
    """The tenant, the document, and its retention: from its own time to its expiry."""
    try:
        scored = scored_from_wire(json.loads(item["document"]["S"]))
        second = int(scored.document.created_at.timestamp())
        return tenant_of(item), scored, timedelta(seconds=int(item["expires_at"]["N"]) - second)
    except (IndexError, KeyError, TypeError, ValueError, BadRequest) as error:
        raise InvalidBackup(f"{path}: {item.get('pk')} is not a valid document") from error


def _is_expired(item: Item, now: datetime) -> bool:
    return "expires_at" in item and int(item["expires_at"]["N"]) <= now.timestamp()
