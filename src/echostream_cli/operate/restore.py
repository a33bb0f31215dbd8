"""Puts what a backup holds back into the documents table: `make restore FROM=file`.

Documents go through the same transaction that first stored them, so they are counted as they are
written, and each once: what the table holds already is left as it is, and a restore that died goes
on when it is run again. Counts of the backup are not read. An item keeps the time at which it
expires; what has expired since stays away.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tqdm import tqdm

from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_keys import kind_of, tenant_of
from echostream.domain.codec import scored_from_wire
from echostream.domain.document_store import Outcome
from echostream.domain.errors import BadRequest
from echostream.domain.model import ScoredDocument
from echostream_cli.operate import backup_file
from echostream_cli.operate.backup import keys_of
from echostream_cli.operate.backup_file import BadBackup, Item

BATCH = 250
_SAID = {
    Outcome.STORED: "documents restored",
    Outcome.REPEATED: "documents there already",
    Outcome.CONFLICT: "documents with another text, the table's own kept",
}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file was found to hold: how many items, and for how long documents are kept."""

    items: int
    retentions: tuple[timedelta, ...]


def check(path: Path, keys: list[dict[str, str]]) -> Contents:
    """Reads a backup to its end before anything is written. Raises `BadBackup`."""
    if backup_file.header(path).keys != keys:
        raise BadBackup(f"{path}: its table has other keys than the one to restore into")
    retentions, number = set(), 0
    for item in tqdm(backup_file.items(path), unit=" items", desc="checking"):
        number += 1
        if kind_of(item) == "doc":
            retentions.add(_document(path, item)[2])
    return Contents(number, tuple(sorted(retentions)))


def restore(client: Any, table: str, shards: int, path: Path, now: datetime) -> Counter[str]:
    """Restores a backup into a table. Counts by outcome."""
    contents = check(path, keys_of(client, table))
    done: Counter[str] = Counter()
    passes = 1 + len(contents.retentions)
    with tqdm(total=contents.items * passes, unit=" items") as bar:
        _put_others(client, table, _seen(path, bar), now, done)
        for retention in contents.retentions:
            store = DynamoDBStore(client, table, retention, shards)
            documents = (item for item in _seen(path, bar) if kind_of(item) == "doc")
            for tenant, batch in _batches(path, documents, retention, now, done):
                done.update(_SAID[put.outcome] for put in store.put(tenant, batch, now))
    return done


def _seen(path: Path, bar: Any) -> Iterator[Item]:
    for item in backup_file.items(path):
        bar.update()
        yield item


def _put_others(
    client: Any, table: str, items: Iterable[Item], now: datetime, done: Counter[str]
) -> None:
    """Puts back what is neither a document nor a count."""
    for item in items:
        kind = kind_of(item)
        if kind not in ("doc", "count") and not _has_expired(item, now):
            written = _put(client, table, item, kind)
            done[f"{kind} items {'restored' if written else 'there already'}"] += 1


def _put(client: Any, table: str, item: Item, kind: str) -> bool:
    """Whether an item was written. Spend only ever rises: a backup gives nobody money back."""
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


def _batches(
    path: Path,
    items: Iterable[Item],
    retention: timedelta,
    now: datetime,
    done: Counter[str],
) -> Iterator[tuple[str, list[ScoredDocument]]]:
    """The documents that are kept for so long, a tenant and some documents at a time."""
    found = (_document(path, item) for item in items)
    wanted = ((tenant, scored) for tenant, scored, kept in found if kept == retention)
    waiting: dict[str, list[ScoredDocument]] = {}
    for tenant, scored in _alive(wanted, retention, now, done):
        waiting.setdefault(tenant, []).append(scored)
        if len(waiting[tenant]) == BATCH:
            yield tenant, waiting.pop(tenant)
    yield from waiting.items()


def _alive(
    documents: Iterable[tuple[str, ScoredDocument]],
    retention: timedelta,
    now: datetime,
    done: Counter[str],
) -> Iterator[tuple[str, ScoredDocument]]:
    for tenant, scored in documents:
        if scored.document.created_at + retention <= now:
            done["documents expired since"] += 1
        else:
            yield tenant, scored


def _document(path: Path, item: Item) -> tuple[str, ScoredDocument, timedelta]:
    """Whose a document is, the document, and for how long after its time it is kept."""
    try:
        scored = scored_from_wire(json.loads(item["document"]["S"]))
        second = int(scored.document.created_at.timestamp())
        return tenant_of(item), scored, timedelta(seconds=int(item["expires_at"]["N"]) - second)
    except (IndexError, KeyError, TypeError, ValueError, BadRequest) as error:
        raise BadBackup(f"{path}: {item.get('pk')} is no document that we can read") from error


def _has_expired(item: Item, now: datetime) -> bool:
    return "expires_at" in item and int(item["expires_at"]["N"]) <= now.timestamp()
