"""Publishes the page of a deployment to its bucket."""

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
    """Upload changed files and invalidate them in CloudFront; returns the number of uploads.

    Assets are uploaded first, then the index that refers to them; unused files are deleted last.
    A browser that loads the page meanwhile gets either the old or the new version.
    """
    bucket = outputs["SiteBucket"]
    *assets, index = build()
    files = [*assets, config(outputs, region, cognito_endpoint), index]
    etags = _etags(s3, bucket)
    changed = [f for f in files if etags.get(f.name) != hashlib.md5(f.body).hexdigest()]  # noqa: S324
    for file in changed:
        _put(s3, bucket, file)
    if changed:
        _invalidate(cloudfront, outputs["DistributionId"], changed)
    _remove(s3, bucket, sorted(etags.keys() - {file.name for file in files}))
    return len(changed)


def _etags(s3: Any, bucket: str) -> dict[str, str]:
    """The ETag of each object, which is the MD5 of an object that was not uploaded in parts."""
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
    """Invalidate changed files with a fixed name; the names of assets change with their content."""
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
        objects = [{"Key": key} for key in keys[first : first + 1000]]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
