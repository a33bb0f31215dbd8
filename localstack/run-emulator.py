"""Runs MiniStack 1.5.33 with repairs, without which documents would be lost or not counted.

- An item that PartiQL inserts gets no record in the table's stream; on AWS it gets one.
- The positions of readers of table streams are saved, the streams are not: after a restart a reader
  would skip as many changes as it had read before, and would never see those that it had not read.
- A position in Kinesis is a number of records, and does not change when old ones expire after a
  day: a reader would then skip as many new ones.
- A shard of Kinesis that is split loses its records; of the new shards, a reader skips the records
  that came before it saw them.
- Policies that restrict a role to one tenant; see `iam_conditions`.
"""

from collections.abc import Iterator
from typing import Any

import iam_conditions
from ministack.app import main
from ministack.core.arn import parse_arn
from ministack.services import dynamodb, kinesis, lambda_svc

UNREAD, TRIMMED = "unread_changes", "read_changes"
"""In the saved state: the changes that a reader has not read, and the number of those before."""


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


def save_unread_changes() -> None:
    """Save the changes of tables from the first on that a reader has not read."""
    get_state, restore = dynamodb.get_state, dynamodb.load_persisted_state

    def get_state_with_changes() -> dict[str, Any]:
        unread, trimmed = type(dynamodb._stream_records)(), type(dynamodb._stream_trimmed)()
        for account, region, table, position in _table_positions():
            first = dynamodb._stream_trimmed.get_scoped(account, region, table, 0)
            records = dynamodb._stream_records.get_scoped(account, region, table) or []
            start = max(position, first)
            start = min(start, trimmed.get_scoped(account, region, table, start))
            unread.set_scoped(account, region, table, records[start - first :])
            trimmed.set_scoped(account, region, table, start)
        return {**get_state(), UNREAD: unread, TRIMMED: trimmed}

    def restore_with_changes(data: Any) -> None:
        restore(data)
        dynamodb._stream_records.update(data.get(UNREAD, {}))
        dynamodb._stream_trimmed.update(data.get(TRIMMED, {}))

    dynamodb.get_state, dynamodb.load_persisted_state = get_state_with_changes, restore_with_changes


def _table_positions() -> Iterator[tuple[str, str, str, int]]:
    """Account, region and name of each table that has a reader, and the reader's position."""
    positions = lambda_svc._dynamodb_stream_positions
    for account, region, mapping in lambda_svc._iter_all_esms():
        source = parse_arn(mapping["EventSourceArn"])
        if table := lambda_svc._dynamodb_stream_table_from_arn_spec(source):
            yield (
                account,
                region,
                table[0],
                positions.get_scoped(account, region, mapping["UUID"], 0),
            )


def keep_kinesis_records() -> None:
    """Keep all records of a stream until it is deleted."""
    kinesis._expire_records = lambda _: None


def keep_records_of_split_shards() -> None:
    """Keep a shard that is split behind its parts, which get all new records."""
    split = kinesis._split_shard

    def split_and_keep(data: Any) -> Any:
        _, stream = kinesis._resolve_stream(data)
        before = dict(stream["shards"]) if stream else {}
        response = split(data)
        for shard in (stream or {}).get("shards", {}).keys() - before.keys():
            for positions in lambda_svc._kinesis_positions.values():
                positions.setdefault(shard, 0)
        for shard, content in before.items():
            stream["shards"].setdefault(shard, content)
        return response

    kinesis._split_shard = split_and_keep


if __name__ == "__main__":
    write_stream_records_of_insertions()
    save_unread_changes()
    keep_kinesis_records()
    keep_records_of_split_shards()
    iam_conditions.substitute_policy_variables()
    iam_conditions.check_leading_keys()
    main()
