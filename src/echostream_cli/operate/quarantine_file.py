"""The file with which a person mends what is in quarantine: JSON Lines, one item a line.

`make quarantine TO=file` writes it, a person corrects `documents` (of a record that cannot be read:
also `tenant`), and `make requeue FROM=file` reads it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echostream.domain.codec import time_to_wire
from echostream.domain.quarantine import PREFIX, Quarantined, item_to_wire

FIELDS = ("key", "tenant", "arrived_at", "documents")
"""What a line must have; its other fields are for the reader."""


class InvalidLine(ValueError):
    """A line that is not an item of a quarantine."""


@dataclass(frozen=True, slots=True)
class MendedItem:
    """A line: the item's key in the lake, and the documents to store, of a tenant and a time."""

    key: str
    tenant: Any
    arrived_at: Any
    documents: list[Any]


def write(items: Iterable[Quarantined], path: Path) -> int:
    """Write items to a file; returns their number. An existing file is not replaced."""
    number = 0
    with path.open("x", encoding="ascii") as file:
        for item in items:
            file.write(json.dumps(to_line(item)) + "\n")
            number += 1
    return number


def to_line(item: Quarantined) -> dict[str, Any]:
    """An item as JSON. The content of a record that cannot be read is beside its documents."""
    wire = item_to_wire(item)
    record = {} if item.is_document else {"encoding": wire["encoding"], "record": wire["payload"]}
    return {
        "key": item.key,
        "tenant": item.tenant,
        "arrived_at": time_to_wire(item.arrived_at),
        "reason": item.reason,
        "message": item.message,
        "attempts": item.attempts,
        "documents": item.documents,
        **record,
    }


def read(path: Path) -> Iterator[MendedItem | InvalidLine]:
    """The items of a file, and an error for each line that is none."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield _parse(line)
                except (ValueError, RecursionError) as error:
                    reason = error if isinstance(error, InvalidLine) else "not JSON"
                    yield InvalidLine(f"line {number}: {reason}")


def _parse(line: bytes) -> MendedItem:
    content = json.loads(line.decode("utf-8-sig"))
    if not isinstance(content, Mapping) or any(name not in content for name in FIELDS):
        raise InvalidLine(f"must be an object with {', '.join(FIELDS)}")
    if not str(content["key"]).startswith(PREFIX):
        raise InvalidLine(f"key: must begin with {PREFIX}")
    documents = content["documents"]
    if not isinstance(documents, list) or not documents:
        raise InvalidLine("documents: is empty; enter the documents of the record, and its tenant")
    return MendedItem(str(content["key"]), content["tenant"], content["arrived_at"], documents)
