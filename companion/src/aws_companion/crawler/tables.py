"""Groups folders into tables and partitions.

Folders with similar schemas are partitions of one table, others are separate tables, as in Glue. https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-folder-table-partition.html
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aws_companion.crawler.objects import (
    Layout,
    Partition,
    S3Object,
    Sample,
    Statistics,
    Table,
)
from aws_companion.crawler.schema import Columns, merged, overlap, similarity, usual

MIN_SIMILARITY = 0.7
"""The least similarity of the columns of two folders in one table."""
MIN_SIMILAR_SHARE = 0.9
"""The share of folders that must be similar for all of them to form one table."""
PathParts = tuple[str, ...]
"""The folder names between a target and an object."""


@dataclass(slots=True)
class Folder:
    """A folder with its usable objects and the samples of some of them."""

    parts: PathParts
    objects: list[S3Object] = field(default_factory=list)
    samples: dict[S3Object, Sample] = field(default_factory=dict)


class RejectedObjects(dict[S3Object, str]):
    """Objects that fit into no table, each with the reason."""

    def add(self, folder: Folder, reason: str) -> None:
        self.update(dict.fromkeys(folder.objects, reason))


@dataclass(frozen=True, slots=True)
class Grouping:
    """The grouping in a crawler's Configuration.

    `level` is the depth of the tables' folders, 1 for the bucket (TableLevelConfiguration);
    `is_combined`: one table for all that has one format (CombineCompatibleSchemas).
    """

    level: int | None = None
    is_combined: bool = False


def roots(
    folders: Sequence[Folder], at: PathParts, depth: int, grouping: Grouping
) -> list[PathParts]:
    """The folders that are tables. `depth` is the target's, 1 for the bucket itself."""
    if grouping.level is not None:
        length = max(0, grouping.level - depth)
        return sorted({folder.parts[:length] for folder in folders if len(folder.parts) >= length})
    children = _children(folders, at)
    if not children or any("=" in name for name in children):
        return [at]
    if _are_similar(list(children.values()), grouping) and not _is_lone_root(folders, children, at):
        return [at]
    inner_roots = (
        roots(inner_folders, (*at, name), 0, grouping) for name, inner_folders in children.items()
    )
    return [root for inner_folders in inner_roots for root in inner_folders]


def tables(
    folders: Sequence[Folder], target: str, grouping: Grouping, rejected: RejectedObjects
) -> Iterator[Table]:
    """The tables below a target (an S3 URI that ends in `/`). Adds to `rejected`."""
    sampled = [folder for folder in folders if folder.samples]
    if not sampled:
        return
    table_roots = roots(sampled, (), target.count("/") - 2, grouping)
    for folder in sampled:
        if not any(folder.parts[: len(root)] == root for root in table_roots):
            rejected.add(folder, "lies beside folders that are tables; move it into a folder")
    for root in table_roots:
        inner_folders = [folder for folder in sampled if folder.parts[: len(root)] == root]
        table = _table(inner_folders, root, target, rejected)
        if table:
            yield table


def _children(folders: Sequence[Folder], at: PathParts) -> dict[str, list[Folder]]:
    """The folders by their first folder below another."""
    children: dict[str, list[Folder]] = {}
    for folder in folders:
        if len(folder.parts) > len(at):
            children.setdefault(folder.parts[len(at)], []).append(folder)
    return children


def _is_lone_root(
    folders: Sequence[Folder], children: dict[str, list[Folder]], at: PathParts
) -> bool:
    """Whether there is one plain folder with folders `key=value`: the root of a table."""
    inner_parts = [folder.parts[len(at) + 1 :] for folder in folders]
    return len(children) == 1 and all(parts and "=" in parts[0] for parts in inner_parts)


def _are_similar(siblings: Sequence[Sequence[Folder]], grouping: Grouping) -> bool:
    schemas = [_schema(folders) for folders in siblings]
    minimum = 0.0 if grouping.is_combined else MIN_SIMILARITY
    similar_counts = (
        sum(one[0] == other[0] and similarity(one[1], other[1]) >= minimum for other in schemas)
        for one in schemas
    )
    return max(similar_counts) >= MIN_SIMILAR_SHARE * len(schemas)


def _schema(folders: Sequence[Folder]) -> tuple[Layout, Columns]:
    samples = [sample for folder in folders for sample in folder.samples.values()]
    return _usual_layout(samples), merged(sample.columns for sample in samples)


def _usual_layout(samples: Sequence[Sample]) -> Layout:
    return Counter(sample.layout for sample in samples).most_common(1)[0][0]


def _table(
    folders: Sequence[Folder], root: PathParts, target: str, rejected: RejectedObjects
) -> Table | None:
    candidates, keys = _select_partitioned(folders, root, rejected)
    samples = _select_samples(candidates, rejected)
    sampled = [folder for folder in candidates if not samples.keys().isdisjoint(folder.objects)]
    if not sampled:
        return None
    partitions = [_partition(folder, len(root), target, samples, rejected) for folder in sampled]
    used = list(samples.values())
    return Table(
        folder=(root[-1] if root else target.rstrip("/").rsplit("/", 1)[-1]),
        location=_location(target, root),
        layout=used[0].layout,
        is_compressed=all(sample.is_compressed for sample in used),
        is_quoted=any(sample.is_quoted for sample in used),
        columns=_columns(used),
        keys=keys,
        partitions=sorted(partitions, key=lambda one: one.values),
    )


def _columns(samples: Sequence[Sample]) -> Columns:
    """The columns of a table; all are strings if only some files are quoted.

    The serde for quoted files reads the others too, but neither dates nor missing numbers.
    """
    columns = merged(sample.columns for sample in samples)
    is_mixed = len({sample.is_quoted for sample in samples}) > 1
    return dict.fromkeys(columns, "string") if is_mixed else columns


def _select_partitioned(
    folders: Sequence[Folder], root: PathParts, rejected: RejectedObjects
) -> tuple[list[Folder], PathParts]:
    """The folders with the most frequent partition keys, and those keys."""
    shapes = Counter[PathParts]()
    for folder in folders:
        shapes[_keys(folder.parts[len(root) :])] += len(folder.objects)
    keys = max(shapes, key=lambda shape: (shapes[shape], len(shape)))
    selected = []
    for folder in folders:
        if _keys(folder.parts[len(root) :]) == keys:
            selected.append(folder)
        else:
            expected = "/".join(f"{key}=…" for key in keys) or "no folders"
            rejected.add(folder, f"its folders are not those of the table's partitions: {expected}")
    return selected, keys


def _keys(parts: PathParts) -> PathParts:
    """Names of partition columns: `dt` for `dt=2026-01-01`, otherwise by number, as in Glue."""
    return tuple(
        re.sub(r"\W", "_", part.partition("=")[0].lower()) if "=" in part else f"partition_{level}"
        for level, part in enumerate(parts)
    )


def _select_samples(folders: Sequence[Folder], rejected: RejectedObjects) -> dict[S3Object, Sample]:
    """The samples that fit into one table. The other objects are added to `rejected`."""
    samples = {key: sample for folder in folders for key, sample in folder.samples.items()}
    layout = _usual_layout(list(samples.values()))
    same_layout = [sample for sample in samples.values() if sample.layout == layout]
    names = usual([sample.columns for sample in same_layout])
    headers = Counter(tuple(sample.columns) for sample in same_layout)
    header = headers.most_common(1)[0][0]
    for s3_object, sample in samples.items():
        if sample.layout != layout:
            described = _describe_layout(sample.layout)
            rejected[s3_object] = f"another format than the table's: {described}"
        elif not _may_join(sample, names, header):
            described = _describe_columns(sample.columns)
            rejected[s3_object] = f"another schema than the table's: {described}"
    return {key: sample for key, sample in samples.items() if key not in rejected}


def _may_join(sample: Sample, names: set[str], header: PathParts) -> bool:
    """Whether a file has the usual columns; for CSV, the usual first columns."""
    if sample.layout.format == "csv":
        return _is_prefix(tuple(sample.columns), header)
    return overlap(sample.columns, names) >= 0.5


def _is_prefix(first: PathParts, second: PathParts) -> bool:
    """CSV is read by position: columns may be added only at the end."""
    length = min(len(first), len(second))
    return first[:length] == second[:length]


def _describe_layout(layout: Layout) -> str:
    if layout.format != "csv":
        return layout.format
    header = "with" if layout.has_header else "without"
    return f"csv {header} header, separated by {layout.delimiter!r}"


def _describe_columns(columns: Columns) -> str:
    return ", ".join(list(columns)[:5]) + (", …" if len(columns) > 5 else "")


def _partition(
    folder: Folder,
    above: int,
    target: str,
    samples: dict[S3Object, Sample],
    rejected: RejectedObjects,
) -> Partition:
    """A partition with its statistics, estimated for objects without a sample."""
    values = tuple(part.partition("=")[2] if "=" in part else part for part in folder.parts[above:])
    sampled = [samples[s3_object] for s3_object in folder.objects if s3_object in samples]
    sampled_size = sum(one.size for one in folder.objects if one in samples)
    used = [s3_object for s3_object in folder.objects if s3_object not in rejected]
    size = sum(s3_object.size for s3_object in used)
    scale = size / (sampled_size or 1)
    records = sum(sample.records for sample in sampled)
    plain = sum(sample.records * sample.record_bytes for sample in sampled)
    statistics = Statistics(len(used), size, records * scale, plain * scale)
    return Partition(values, _location(target, folder.parts), statistics)


def _location(target: str, parts: PathParts) -> str:
    return target + "".join(f"{part}/" for part in parts)
