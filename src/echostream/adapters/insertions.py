"""PartiQL statements that insert documents, in batches that fit into one call of DynamoDB."""

from collections.abc import Iterator, Sequence
from typing import Any

from echostream.adapters.table_items import Item
from echostream.domain.codec import to_json
from echostream.domain.model import ScoredDocument

MAX_STATEMENTS = 25
"""In one call (limit of DynamoDB)."""
MAX_BYTES = 3_000_000
"""Of text in one call."""

EXISTS = "DuplicateItem"
"""The code of a statement whose key exists."""
REFUSED = "ValidationError"
"""The code of a statement that can never succeed, for example because the item is too large."""


def statement(table: str, item: Item) -> dict[str, Any]:
    """A statement that inserts an item, unless its key exists."""
    attributes = ", ".join(f"'{name}': ?" for name in item)
    text = f'INSERT INTO "{table}" VALUE {{{attributes}}}'
    return {"Statement": text, "Parameters": list(item.values())}


def batches(documents: Sequence[ScoredDocument]) -> Iterator[list[ScoredDocument]]:
    """Documents in batches for one call each."""
    batch: list[ScoredDocument] = []
    size = 0
    for scored in documents:
        length = len(to_json(scored.document.text).encode())
        if batch and (len(batch) == MAX_STATEMENTS or size + length > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(scored)
        size += length
    if batch:
        yield batch
