"""Searches for texts in everything that a deployment stores, decompressed and decoded."""

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any


def traces(dynamodb: Any, s3: Any, table: str, bucket: str, *texts: str) -> list[str]:
    """The keys of items and objects that have one of these texts, as it is or as JSON has it."""
    escaped = [json.dumps(t, ensure_ascii=flag)[1:-1] for t in texts for flag in (True, False)]
    twice = [json.dumps(text, ensure_ascii=False)[1:-1] for text in escaped]
    needles = {form.encode() for form in (*texts, *escaped, *twice)}
    stored = [*_items(dynamodb, table), *_objects(s3, bucket)]
    return [key for key, data in stored if any(needle in data for needle in needles)]


def _items(dynamodb: Any, table: str) -> Iterator[tuple[str, bytes]]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            yield str(item["pk"]["S"]), json.dumps(item, ensure_ascii=False).encode()


def _objects(s3: Any, bucket: str) -> Iterator[tuple[str, bytes]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for one in page.get("Contents", []):
            key = one["Key"]
            with suppress(s3.exceptions.NoSuchKey):  # deleted since it was listed
                body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                yield key, key.encode() + b"\n" + _decoded(body)


def _decoded(body: bytes) -> bytes:
    """The content of an object, beside its bytes."""
    if body[:4] == b"PAR1" == body[-4:]:
        from pyarrow import parquet  # takes a second

        rows = parquet.read_table(io.BytesIO(body)).to_pylist()
        return body + json.dumps(rows, default=str, ensure_ascii=False).encode()
    with suppress(OSError, EOFError, zlib.error):
        return gzip.decompress(body)
    return body
