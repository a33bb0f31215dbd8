"""Runs MiniStack 1.5.33 behind a check of each request's origin, with repairs.

Without the first repairs documents would be lost or not counted; the last concern access and disk.

- An item that PartiQL inserts gets no record in the table's stream; on AWS it gets one.
- The positions of readers of table streams are saved, the streams are not: after a restart a reader
  would skip as many changes as it had read before, and would never see those that it had not read.
- A position in Kinesis is a number of records, and does not change when old ones expire after a
  day: a reader would then skip as many new ones.
- A shard of Kinesis that is split loses its records; of the new shards, a reader skips the records
  that came before it saw them.
- Policies that restrict a role to one tenant; see `iam_conditions`.
- A request with the access key of the sandbox passes with any secret, and one without a key passes
  if its `Authorization` is not AWS's, or if it lists or creates buckets.
- A function's credentials are a hash of names that anybody can guess.
- Folders of Lambda workers stay when the emulator or a worker is killed.
"""

import hashlib
import hmac
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import iam_conditions
from ministack import app
from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.arn import parse_arn
from ministack.services import dynamodb, kinesis, lambda_svc, sts

UNREAD, TRIMMED = "unread_changes", "read_changes"
"""In the saved state: the changes that a reader has not read, and the number of those before."""

BUCKET_ACTIONS = ("s3:CreateBucket", "s3:ListAllMyBuckets")
"""Actions of S3 that no bucket's policy can allow without a signature."""


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


def refuse_foreign_requests() -> None:
    """Put the companion's check of `Host` and `Origin` before MiniStack."""
    sys.path.append(str(Path(__file__).resolve().parents[1] / "companion" / "src"))
    from aws_companion.allowed_hosts import SETTING, AllowedHosts

    app.app = AllowedHosts(app.app, os.environ.get(SETTING, "").split(","))


def check_every_signature() -> None:
    """Check the signature of root's access key too, with the secret in `AWS_SECRET_ACCESS_KEY`."""
    pin = iam_evaluator.pin_signed_request

    def pin_or_mark_anonymous(
        method: str, path: str, query: Any, headers: list[tuple[bytes, bytes]], *options: bool
    ) -> None:
        pin(method, path, query, headers, *options)
        if iam_evaluator._signed_request.get() is None:
            iam_evaluator._anonymous.set(True)

    enforce = iam_evaluator.enforce

    def enforce_for_buckets_too(key: str, action: str, *arguments: Any, **options: Any) -> Any:
        if iam_evaluator._anonymous.get() and action in BUCKET_ACTIONS:
            return iam_evaluator.AuthError("AccessDenied", "Access Denied")
        return enforce(key, action, *arguments, **options)

    iam_evaluator._is_root_key = lambda _: False
    iam_evaluator.pin_signed_request = app.pin_signed_request = pin_or_mark_anonymous
    iam_evaluator.enforce = enforce_for_buckets_too


def make_credentials_of_functions_secret() -> None:
    """Derive the secret and the token of a function's role from the secret of the sandbox."""
    make = lambda_runtime.execution_credentials

    def make_secret(config: Any) -> dict[str, str]:
        credentials: dict[str, str] = make(config)
        session = sts._sessions.get(credentials["AWS_ACCESS_KEY_ID"])
        for variable, name in (
            ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
            ("AWS_SESSION_TOKEN", "SessionToken"),
        ):
            key = os.environ.get("AWS_SECRET_ACCESS_KEY", "test").encode()
            digest = hmac.new(key, credentials[variable].encode(), hashlib.sha256)
            credentials[variable] = session[name] = digest.hexdigest()
        return credentials

    lambda_runtime.execution_credentials = lambda_svc.execution_credentials = make_secret


def remove_folders_of_workers() -> None:
    """Remove the folders of an earlier run, and that of a worker which no pool contains any more.

    No other emulator may use the same `TMPDIR`; without one nothing of an earlier run is removed.
    """
    if "TMPDIR" in os.environ:
        for folder in Path(tempfile.gettempdir()).glob("ministack-lambda-*"):
            shutil.rmtree(folder, ignore_errors=True)
    release = lambda_svc.release_worker

    def release_or_end(worker: Any) -> None:
        release(worker)
        with lambda_runtime._lock:
            is_pooled = any(worker in pool for pool in lambda_runtime._workers.values())
        if worker is not None and not is_pooled:
            lambda_runtime.kill_workers([worker])

    lambda_svc.release_worker = release_or_end


REPAIRS = (
    write_stream_records_of_insertions,
    save_unread_changes,
    keep_kinesis_records,
    keep_records_of_split_shards,
    iam_conditions.substitute_policy_variables,
    iam_conditions.check_leading_keys,
    refuse_foreign_requests,
    check_every_signature,
    make_credentials_of_functions_secret,
    remove_folders_of_workers,
)

if __name__ == "__main__":
    for repair in REPAIRS:
        repair()
    app.main()
