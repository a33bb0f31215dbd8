"""Writes the documents table to a file: `make backup TO=file`.

The file contains every document that was accepted before the command started, and some of those
accepted while it ran. Its counts can therefore differ from its documents; a restore ignores them.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from echostream.domain.codec import time_to_wire
from echostream_cli.console import progress
from echostream_cli.errors import UserError
from echostream_cli.operate import backup_file
from echostream_cli.operate.backup_file import Header, Item
from echostream_cli.settings import load_running
from echostream_cli.target import Target


def backup(client: Any, stack: str, table: str, path: Path, now: datetime) -> int:
    """Write all items of a table to a file; the number of items."""
    header = Header(stack, table, get_key_schema(client, table), time_to_wire(now))
    with progress("reading", "items") as advance:
        return backup_file.write(path, header, _count(scan(client, table), advance))


def get_key_schema(client: Any, table: str) -> list[dict[str, str]]:
    """The key schema of a table. Raises `UserError` if the table does not exist."""
    try:
        description = client.describe_table(TableName=table)["Table"]
    except client.exceptions.ResourceNotFoundException as error:
        raise UserError(f"TABLE: there is no table {table}") from error
    schema: list[dict[str, str]] = description["KeySchema"]
    return schema


def scan(client: Any, table: str) -> Iterator[Item]:
    """All items of a table, read consistently."""
    start: dict[str, Any] = {}
    while True:
        page = client.scan(TableName=table, ConsistentRead=True, **start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _count(items: Iterator[Item], advance: Callable[[int], None]) -> Iterator[Item]:
    for item in items:
        advance(1)
        yield item


def default_path(target: Target, now: datetime) -> Path:
    """A file under .sandbox/backups/, named after the stack and the time."""
    folder = load_running().state_dir / "backups"
    return folder / f"{target.stack_name}-{now:%Y%m%dT%H%M%SZ}.jsonl.gz"
