"""One crawl: lists the objects of the S3 targets, takes samples and writes tables.

`sampling` determines an object's format, `tables` groups folders, `catalog` writes, and `report`
logs unusable objects.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_companion.crawler.catalog import Catalog
from aws_companion.crawler.objects import S3Object, Sample, Table, UnreadableObject, UnusableObject
from aws_companion.crawler.report import CrawlReport
from aws_companion.crawler.sampling import SampleReader
from aws_companion.crawler.tables import Folder, Grouping, RejectedObjects, tables

Cache = dict[S3Object, Sample | str]
"""Results of the last crawl by object: a sample, or the reason why it is unusable."""


class CrawlFailed(Exception):
    """A crawl that cannot continue. The message gives the reason."""


class CrawlCancelled(Exception):
    """The crawl was stopped."""


class Crawl:
    """One crawl of a crawler, as GetCrawler describes it."""

    def __init__(
        self, crawler: Mapping[str, Any], s3: Any, glue: Any, report: CrawlReport, cache: Cache
    ) -> None:
        self._crawler = crawler
        self._s3 = s3
        self._glue = glue
        self._report = report
        self._known, self._cache = dict(cache), cache
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Stop the crawl before the next object."""
        self._stopped.set()

    def run(self) -> None:
        """Bring the catalog up to date. Nothing is written before all samples are taken.

        Raises `CrawlFailed`, `CrawlCancelled` and the errors of the clients.
        """
        targets = self._targets()
        grouping, rejected = _grouping(self._crawler), RejectedObjects()
        self._cache.clear()
        found_tables: list[Table] = []
        with SampleReader(self._s3) as reader:
            for target in targets:
                folders = self._folders(target, reader)
                found_tables += tables(folders, _folder(target), grouping, rejected)
        for rejected_object, reason in rejected.items():
            self._report.leave_out(rejected_object.uri, reason)
        self._check_stopped()
        catalog = Catalog(self._glue, self._crawler, self._report)
        for table in found_tables:
            self._check_stopped()
            catalog.write(table)
        target_folders = [_folder(target) for target in targets]
        catalog.remove_missing(target_folders, list(self._report.left_out))

    def _targets(self) -> Sequence[Mapping[str, Any]]:
        targets = self._crawler.get("Targets") or {}
        others = [name for name, value in targets.items() if value and name != "S3Targets"]
        if others:
            raise CrawlFailed(f"{', '.join(others)}: only S3 targets can be crawled here")
        if not targets.get("S3Targets"):
            raise CrawlFailed("the crawler has no S3 target")
        s3_targets: Sequence[Mapping[str, Any]] = targets["S3Targets"]
        return s3_targets

    def _folders(self, target: Mapping[str, Any], reader: SampleReader) -> list[Folder]:
        """The folders of a target in order, with samples of their objects.

        All objects are sampled unless the target has a SampleSize, as in Glue.
        """
        folder = _folder(target)
        by_parts: dict[tuple[str, ...], Folder] = {}
        for s3_object in self._objects(folder, target.get("Exclusions") or []):
            parts = tuple(s3_object.uri.removeprefix(folder).split("/")[:-1])
            by_parts.setdefault(parts, Folder(parts)).objects.append(s3_object)
        sample_size = target.get("SampleSize")
        for each in by_parts.values():
            sampled, others = (
                each.objects[:sample_size],
                each.objects[sample_size:] if sample_size else [],
            )
            each.objects = [
                s3_object for s3_object in sampled if self._take_sample(s3_object, each, reader)
            ] + others
        return [by_parts[parts] for parts in sorted(by_parts)]

    def _take_sample(self, s3_object: S3Object, folder: Folder, reader: SampleReader) -> bool:
        """Sample an object. False if it is unusable."""
        self._check_stopped()
        try:
            sample = self._known.get(s3_object) or _sample(reader, s3_object)
        except UnreadableObject as error:
            self._report.leave_out(s3_object.uri, str(error))
            return False
        self._cache[s3_object] = sample
        if isinstance(sample, str):
            self._report.leave_out(s3_object.uri, sample)
            return False
        folder.samples[s3_object] = sample
        return True

    def _objects(self, folder: str, exclusions: Sequence[str]) -> Iterator[S3Object]:
        """The objects of a folder (an S3 URI) that are not hidden, empty or excluded."""
        bucket, _, prefix = folder.removeprefix("s3://").partition("/")
        excluded = [re.compile(glob_expression(pattern)) for pattern in exclusions]
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for entry in (entry for page in pages for entry in page.get("Contents", [])):
            self._check_stopped()
            relative_key = entry["Key"].removeprefix(prefix)
            is_hidden = any(part.startswith(("_", ".")) for part in relative_key.split("/"))
            if is_hidden or not relative_key or relative_key.endswith("/"):
                continue
            if any(pattern.fullmatch(relative_key) for pattern in excluded):
                continue
            s3_object = S3Object(bucket, entry["Key"], entry["Size"], entry["ETag"])
            if s3_object.size:
                yield s3_object
            else:
                self._report.leave_out(s3_object.uri, "empty: it has no bytes")

    def _check_stopped(self) -> None:
        if self._stopped.is_set():
            raise CrawlCancelled


def _sample(reader: SampleReader, s3_object: S3Object) -> Sample | str:
    """A sample, or the reason for none. Raises `UnreadableObject` for an object that S3 refuses."""
    try:
        return reader.sample(s3_object)
    except UnreadableObject:
        raise
    except UnusableObject as reason:
        return str(reason)


def _folder(target: Mapping[str, Any]) -> str:
    """A target's path as an S3 URI that ends in `/`. Raises `CrawlFailed`."""
    path = str(target.get("Path", ""))
    match = re.fullmatch(r"s3a?://([^/]+)(/.*)?", path)
    if not match:
        raise CrawlFailed(f"{path!r} is no S3 path, such as s3://bucket/folder/")
    return f"s3://{match[1]}{match[2] or ''}".rstrip("/") + "/"


def _grouping(crawler: Mapping[str, Any]) -> Grouping:
    grouping = json.loads(crawler.get("Configuration") or "{}").get("Grouping", {})
    level = grouping.get("TableLevelConfiguration")
    is_combined = grouping.get("TableGroupingPolicy") == "CombineCompatibleSchemas"
    return Grouping(int(level) if level else None, is_combined)


def glob_expression(glob: str) -> str:
    """A regular expression for Glue's globs: `*` in a folder, `**` across, `?`, `[a]`, `{a,b}`."""
    replacements = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
    expression, depth = "", 0
    for part in re.findall(r"\*\*|\[[^]]+\]|\\.|.", glob, re.DOTALL):
        depth += (part == "{") - (part == "}")
        if part in replacements:
            expression += replacements[part]
        elif part == "," and depth:
            expression += "|"
        elif len(part) > 1:
            expression += part.replace("[!", "[^")
        else:
            expression += re.escape(part)
    return expression
