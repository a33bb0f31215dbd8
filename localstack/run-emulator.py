"""Runs MiniStack 1.5.33 with two repairs, without which documents would not be counted.

- An item that PartiQL inserts gets no record in the table's stream; on AWS it gets one.
- The positions of readers of table streams are saved, the streams are not: after a restart a reader
  would skip as many changes as it had read before.
"""

import json
import os
from pathlib import Path
from typing import Any

from ministack.app import main
from ministack.services import dynamodb

POSITIONS = "dynamodb_stream_positions"


def forget_stream_positions(path: Path) -> None:
    """Let the readers of table streams start at the beginning."""
    if not path.exists():
        return
    state = json.loads(path.read_text())
    if state.get("payload", {}).pop(POSITIONS, None):
        new = path.with_suffix(".new")
        new.write_text(json.dumps(state))
        new.replace(path)


def write_stream_records_of_insertions() -> None:
    insert = dynamodb._partiql_insert

    def insert_with_record(table: Any, parsed: Any) -> Any:
        response = insert(table, parsed)
        item = parsed.get("item", {})
        if response[0] == 200:
            new = item["M"] if set(item) == {"M"} else item
            dynamodb._emit_stream_event(table["TableName"], "INSERT", None, new)
        return response

    dynamodb._partiql_insert = insert_with_record


if __name__ == "__main__":
    forget_stream_positions(Path(os.environ["STATE_DIR"]) / "lambda.json")
    write_stream_records_of_insertions()
    main()
