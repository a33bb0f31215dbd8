"""Deletes documents from the documents table, each unless another one has taken its id."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from echostream.adapters import dynamodb_writes, table_keys
from echostream.adapters.dynamodb_reads import MAX_KEYS, get_many
from echostream.adapters.side_by_side import SideBySide
from echostream.adapters.table_items import Item, deletion, scored_from_item
from echostream.domain.model import ScoredDocument

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBDeletions:
    """`Deletions` in the documents table; `sleep` waits between attempts."""

    def __init__(
        self, client: "DynamoDBClient", table: str, sleep: Callable[[float], None]
    ) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep
        self._side_by_side = SideBySide()

    def delete(self, tenant: str, documents: Sequence[ScoredDocument]) -> None:
        self._side_by_side.map(lambda one: self._delete(tenant, one), documents)

    def _delete(self, tenant: str, scored: ScoredDocument) -> None:
        dynamodb_writes.delete(self._client, self._table, **deletion(tenant, scored))

    def find(self, tenant: str, ids: Sequence[str], moment: datetime) -> list[ScoredDocument]:
        keys = [table_keys.document_key(tenant, name) for name in dict.fromkeys(ids)]
        chunks = [keys[start : start + MAX_KEYS] for start in range(0, len(keys), MAX_KEYS)]
        items = [item for found in self._side_by_side.map(self._get, chunks) for item in found]
        found = map(scored_from_item, items)
        return [one for one in found if one.enrichment.enriched_at <= moment]

    def _get(self, keys: Sequence[table_keys.Key]) -> list[Item]:
        return list(
            get_many(self._client, self._table, keys, is_consistent=True, sleep=self._sleep)
        )
