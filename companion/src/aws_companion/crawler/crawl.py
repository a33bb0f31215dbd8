"""A crawl: lists the objects of a crawler's S3 targets, takes samples, writes tables.

What an object is says `files`, how folders become tables `tables`, what stands in
the catalog then `catalog`, and what could not be used `report`.
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
"""What the last crawl learned of objects: a sample, or the reason why they are of no use."""


class CrawlFailed(Exception):
    """A crawl that cannot go on. The message says why."""


class CrawlCancelled(Exception):
    """Someone stopped the crawl."""


class Crawl:
    """One run of a crawler (as GetCrawler describes it), on clients of S3 and Glue."""

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
        """Have the crawl end before the next object."""
        self._stopped.set()

    def run(self) -> None:
        """Bring the catalog up to date. Nothing is written before all samples are taken.

        Raises `CrawlFailed`, `CrawlCancelled` and the errors of the clients.
        """
        targets = self._targets()
        grouping, misfits = _grouping(self._crawler), RejectedObjects()
        self._cache.clear()
        found: list[Table] = []
        with SampleReader(self._s3) as reader:
            for target in targets:
                leaves = self._leaves(target, reader)
                found += tables(leaves, _folder(target), grouping, misfits)
        for misfit, reason in misfits.items():
            self._report.leave_out(misfit.uri, reason)
        self._check()
        catalog = Catalog(self._glue, self._crawler, self._report)
        for table in found:
            self._check()
            catalog.write(table)
        folders = [_folder(target) for target in targets]
        catalog.remove_missing(folders, list(self._report.left_out))

    def _targets(self) -> Sequence[Mapping[str, Any]]:
        targets = self._crawler.get("Targets") or {}
        others = [name for name, given in targets.items() if given and name != "S3Targets"]
        if others:
            raise CrawlFailed(f"{', '.join(others)}: only S3 targets can be crawled here")
        if not targets.get("S3Targets"):
            raise CrawlFailed("the crawler has no S3 target")
        found: Sequence[Mapping[str, Any]] = targets["S3Targets"]
        return found

    def _leaves(self, target: Mapping[str, Any], reader: SampleReader) -> list[Folder]:
        """The folders of a target in order, with samples of their objects.

        As Glue does: of all, where the target does not say of how many in each folder.
        """
        folder = _folder(target)
        leaves: dict[tuple[str, ...], Folder] = {}
        for found in self._objects(folder, target.get("Exclusions") or []):
            parts = tuple(found.uri.removeprefix(folder).split("/")[:-1])
            leaves.setdefault(parts, Folder(parts)).objects.append(found)
        most = target.get("SampleSize")
        for leaf in leaves.values():
            looked_at, others = leaf.objects[:most], leaf.objects[most:] if most else []
            leaf.objects = [one for one in looked_at if self._take(one, leaf, reader)] + others
        return [leaves[parts] for parts in sorted(leaves)]

    def _take(self, found: S3Object, leaf: Folder, reader: SampleReader) -> bool:
        """Take a sample of an object. False for one that is of no use."""
        self._check()
        try:
            learned = self._known.get(found) or _sample(reader, found)
        except UnreadableObject as error:
            self._report.leave_out(found.uri, str(error))
            return False
        self._cache[found] = learned
        if isinstance(learned, str):
            self._report.leave_out(found.uri, learned)
            return False
        leaf.samples[found] = learned
        return True

    def _objects(self, folder: str, exclusions: Sequence[str]) -> Iterator[S3Object]:
        """The objects of a folder (an S3 URI), without what is hidden, empty or excluded."""
        bucket, _, prefix = folder.removeprefix("s3://").partition("/")
        excluded = [re.compile(_expression(pattern)) for pattern in exclusions]
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for one in (one for page in pages for one in page.get("Contents", [])):
            self._check()
            below = one["Key"].removeprefix(prefix)
            hidden = any(part.startswith(("_", ".")) for part in below.split("/"))
            if hidden or not below or below.endswith("/"):
                continue
            if any(pattern.fullmatch(below) for pattern in excluded):
                continue
            found = S3Object(bucket, one["Key"], one["Size"], one["ETag"])
            if found.size:
                yield found
            else:
                self._report.leave_out(found.uri, "empty: it has no bytes")

    def _check(self) -> None:
        if self._stopped.is_set():
            raise CrawlCancelled


def _sample(reader: SampleReader, found: S3Object) -> Sample | str:
    """A sample, or the reason for none. Raises `UnreadableObject` for an object that S3 refuses."""
    try:
        return reader.sample(found)
    except UnreadableObject:
        raise
    except UnusableObject as reason:
        return str(reason)


def _folder(target: Mapping[str, Any]) -> str:
    """A target's path as an S3 URI that ends in `/`. Raises `CrawlFailed`."""
    path = str(target.get("Path", ""))
    found = re.fullmatch(r"s3a?://([^/]+)(/.*)?", path)
    if not found:
        raise CrawlFailed(f"{path!r} is no S3 path, such as s3://bucket/folder/")
    return f"s3://{found[1]}{found[2] or ''}".rstrip("/") + "/"


def _grouping(crawler: Mapping[str, Any]) -> Grouping:
    grouping = json.loads(crawler.get("Configuration") or "{}").get("Grouping", {})
    level = grouping.get("TableLevelConfiguration")
    is_combined = grouping.get("TableGroupingPolicy") == "CombineCompatibleSchemas"
    return Grouping(int(level) if level else None, is_combined)


def _expression(glob: str) -> str:
    """A regular expression for Glue's globs: `*` in a folder, `**` across, `?`, `[a]`, `{a,b}`."""
    known = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
    result, depth = "", 0
    for part in re.findall(r"\*\*|\[[^]]+\]|\\.|.", glob, re.DOTALL):
        depth += (part == "{") - (part == "}")
        if part in known:
            result += known[part]
        elif part == "," and depth:
            result += "|"
        elif len(part) > 1:
            result += part.replace("[!", "[^")
        else:
            result += re.escape(part)
    return result
