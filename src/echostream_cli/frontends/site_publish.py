"""Puts the page into its bucket, for any deployment: clients and the stack's outputs are given."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from echostream_cli.frontends.site_build import File, build, config


def publish(
    s3: Any,
    cloudfront: Any,
    outputs: Mapping[str, str],
    region: str,
    cognito_endpoint: str | None = None,
) -> int:
    """Have what site/ holds in the bucket, served afresh. How many files were sent.

    New assets go first, the index that refers to them after them, and what nothing refers to any
    more is removed last, so that whoever loads the page meanwhile gets all of the old or the new.
    """
    bucket = outputs["SiteBucket"]
    *assets, index = build()
    files = [*assets, config(outputs, region, cognito_endpoint), index]
    there = _etags(s3, bucket)
    changed = [f for f in files if there.get(f.name) != hashlib.md5(f.body).hexdigest()]  # noqa: S324
    for file in changed:
        _put(s3, bucket, file)
    if changed:
        _invalidate(cloudfront, outputs["DistributionId"], changed)
    _remove(s3, bucket, sorted(there.keys() - {file.name for file in files}))
    return len(changed)


def _etags(s3: Any, bucket: str) -> dict[str, str]:
    """What is in the bucket, with the MD5 that S3 gives for objects put in one piece."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {o["Key"]: o["ETag"].strip('"') for page in pages for o in page.get("Contents", [])}


def _put(s3: Any, bucket: str, file: File) -> None:
    encoding = {"ContentEncoding": file.encoding} if file.encoding else {}
    s3.put_object(
        Bucket=bucket,
        Key=file.name,
        Body=file.body,
        ContentType=file.content_type,
        CacheControl=file.cache,
        **encoding,
    )


def _invalidate(cloudfront: Any, distribution: str, changed: Sequence[File]) -> None:
    """Make the edge forget what keeps its name when it changes."""
    names = [f"/{file.name}" for file in changed if not file.name.startswith("assets/")]
    paths = [*names, *(["/"] if "/index.html" in names else [])]
    if paths:
        cloudfront.create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={
                "Paths": {"Quantity": len(paths), "Items": paths},
                "CallerReference": uuid.uuid4().hex,
            },
        )


def _remove(s3: Any, bucket: str, keys: Sequence[str]) -> None:
    for first in range(0, len(keys), 1000):
        some = [{"Key": key} for key in keys[first : first + 1000]]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})
