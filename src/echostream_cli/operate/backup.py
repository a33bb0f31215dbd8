"""Writes the whole documents table to a file: `make backup TO=file`.

Every document that was accepted before the command started is in the file; of those that arrive
meanwhile some are. Counts in the file may therefore disagree with its documents, which is why a
restore counts anew.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from echostream.domain.codec import time_to_wire
from echostream_cli.errors import UserError
from echostream_cli.operate import backup_file
from echostream_cli.operate.backup_file import Header, Item
from echostream_cli.settings import load_running
from echostream_cli.target import Target


def backup(client: Any, stack: str, table: str, path: Path, now: datetime) -> int:
    """Writes all items of a table to a file. How many there were."""
    header = Header(stack, table, keys_of(client, table), time_to_wire(now))
    with tqdm(unit=" items") as bar:
        return backup_file.write(path, header, _counted(_scan(client, table), bar))


def keys_of(client: Any, table: str) -> list[dict[str, str]]:
    """The keys of a table. Raises `UserError` where there is no such table."""
    try:
        described = client.describe_table(TableName=table)["Table"]
    except client.exceptions.ResourceNotFoundException as error:
        raise UserError(f"TABLE: there is no table {table}") from error
    keys: list[dict[str, str]] = described["KeySchema"]
    return keys


def _scan(client: Any, table: str) -> Iterator[Item]:
    start: dict[str, Any] = {}
    while True:
        page = client.scan(TableName=table, ConsistentRead=True, **start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _counted(items: Iterator[Item], bar: Any) -> Iterator[Item]:
    for item in items:
        bar.update()
        yield item


def default_path(target: Target, now: datetime) -> Path:
    """A file of this moment under .sandbox/backups/."""
    folder = load_running().state_dir / "backups"
    return folder / f"{target.stack_name}-{now:%Y%m%dT%H%M%SZ}.jsonl.gz"
