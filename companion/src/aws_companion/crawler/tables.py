"""How a crawl makes tables and partitions of the folders that it finds.

As Glue does: folders of like schemas are partitions of one table, folders of unlike ones are
tables of their own. https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-folder-table-partition.html
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
from aws_companion.crawler.schema import Columns, likeness, merged, overlap, usual

ALIKE = 0.7
"""From which likeness of their columns on two folders may belong to one table."""
MOST = 0.9
"""Which part of the folders must be alike for all of them to be partitions of one table."""
PathParts = tuple[str, ...]
"""The folders from a target down to an object."""


@dataclass(slots=True)
class Folder:
    """A folder that holds objects: those that can be used, and the samples taken of some."""

    parts: PathParts
    objects: list[S3Object] = field(default_factory=list)
    samples: dict[S3Object, Sample] = field(default_factory=dict)


class RejectedObjects(dict[S3Object, str]):
    """Objects that do not fit into any table, each with the reason."""

    def add(self, leaf: Folder, reason: str) -> None:
        self.update(dict.fromkeys(leaf.objects, reason))


@dataclass(frozen=True, slots=True)
class Grouping:
    """What a crawler's Configuration says of grouping.

    `level` is the depth of the tables' folders, 1 for the bucket (TableLevelConfiguration);
    `is_combined`: one table for all that has one format (CombineCompatibleSchemas).
    """

    level: int | None = None
    is_combined: bool = False


def roots(
    leaves: Sequence[Folder], at: PathParts, depth: int, grouping: Grouping
) -> list[PathParts]:
    """The folders that are tables. `depth` is that of the target, 1 for the bucket itself."""
    if grouping.level is not None:
        below = max(0, grouping.level - depth)
        return sorted({leaf.parts[:below] for leaf in leaves if len(leaf.parts) >= below})
    children = _children(leaves, at)
    if not children or any("=" in name for name in children):
        return [at]
    if _are_alike(list(children.values()), grouping) and not _is_lone_root(leaves, children, at):
        return [at]
    below_all = (roots(found, (*at, name), 0, grouping) for name, found in children.items())
    return [root for found in below_all for root in found]


def tables(
    leaves: Sequence[Folder], target: str, grouping: Grouping, misfits: RejectedObjects
) -> Iterator[Table]:
    """The tables below a target (an S3 URI that ends in `/`); what fits into none is told."""
    read = [leaf for leaf in leaves if leaf.samples]
    if not read:
        return
    found = roots(read, (), target.count("/") - 2, grouping)
    for leaf in read:
        if not any(leaf.parts[: len(root)] == root for root in found):
            misfits.add(leaf, "lies beside folders that are tables; move it into a folder")
    for root in found:
        below = [leaf for leaf in read if leaf.parts[: len(root)] == root]
        table = _table(below, root, target, misfits)
        if table:
            yield table


def _children(leaves: Sequence[Folder], at: PathParts) -> dict[str, list[Folder]]:
    """What lies in each folder directly below another."""
    found: dict[str, list[Folder]] = {}
    for leaf in leaves:
        if len(leaf.parts) > len(at):
            found.setdefault(leaf.parts[len(at)], []).append(leaf)
    return found


def _is_lone_root(
    leaves: Sequence[Folder], children: dict[str, list[Folder]], at: PathParts
) -> bool:
    """Whether all lies in one plain folder whose own folders are `key=value`: a table's root."""
    below = [leaf.parts[len(at) + 1 :] for leaf in leaves]
    return len(children) == 1 and all(parts and "=" in parts[0] for parts in below)


def _are_alike(folders: Sequence[Sequence[Folder]], grouping: Grouping) -> bool:
    schemas = [_schema(leaves) for leaves in folders]
    least = 0.0 if grouping.is_combined else ALIKE
    alike = (
        sum(one[0] == other[0] and likeness(one[1], other[1]) >= least for other in schemas)
        for one in schemas
    )
    return max(alike) >= MOST * len(schemas)


def _schema(leaves: Sequence[Folder]) -> tuple[Layout, Columns]:
    samples = [sample for leaf in leaves for sample in leaf.samples.values()]
    return _usual_layout(samples), merged(sample.columns for sample in samples)


def _usual_layout(samples: Sequence[Sample]) -> Layout:
    return Counter(sample.layout for sample in samples).most_common(1)[0][0]


def _table(
    leaves: Sequence[Folder], root: PathParts, target: str, misfits: RejectedObjects
) -> Table | None:
    kept, keys = _partitioned(leaves, root, misfits)
    samples = _of_one_schema(kept, misfits)
    filled = [leaf for leaf in kept if any(found in samples for found in leaf.objects)]
    if not filled:
        return None
    partitions = [_partition(leaf, len(root), target, samples, misfits) for leaf in filled]
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
    """The columns of a table. Where only some files are quoted, all is text.

    The serde for quoted files reads the others too, but neither their dates nor missing numbers.
    """
    columns = merged(sample.columns for sample in samples)
    is_mixed = len({sample.is_quoted for sample in samples}) > 1
    return dict.fromkeys(columns, "string") if is_mixed else columns


def _partitioned(
    leaves: Sequence[Folder], root: PathParts, misfits: RejectedObjects
) -> tuple[list[Folder], PathParts]:
    """The folders of the depth and with the keys that most have, and those keys."""
    shapes = Counter[PathParts]()
    for leaf in leaves:
        shapes[_keys(leaf.parts[len(root) :])] += len(leaf.objects)
    keys = max(shapes, key=lambda shape: (shapes[shape], len(shape)))
    kept = []
    for leaf in leaves:
        if _keys(leaf.parts[len(root) :]) == keys:
            kept.append(leaf)
        else:
            wanted = "/".join(f"{key}=…" for key in keys) or "no folders"
            misfits.add(leaf, f"its folders are not those of the table's partitions: {wanted}")
    return kept, keys


def _keys(parts: PathParts) -> PathParts:
    """Names of partition columns, as Glue gives them: `dt` for `dt=2026-01-01`, else by number."""
    return tuple(
        re.sub(r"\W", "_", part.partition("=")[0].lower()) if "=" in part else f"partition_{level}"
        for level, part in enumerate(parts)
    )


def _of_one_schema(leaves: Sequence[Folder], misfits: RejectedObjects) -> dict[S3Object, Sample]:
    """The samples that one table can hold; the others are misfits."""
    samples = {found: sample for leaf in leaves for found, sample in leaf.samples.items()}
    layout = _usual_layout(list(samples.values()))
    of_layout = {found: one for found, one in samples.items() if one.layout == layout}
    names = usual([sample.columns for sample in of_layout.values()])
    heads = Counter(tuple(sample.columns) for sample in of_layout.values())
    head = heads.most_common(1)[0][0]
    for found, sample in samples.items():
        if sample.layout != layout:
            misfits[found] = f"another format than the table's: {_told(sample.layout)}"
        elif not _may_join(sample, names, head):
            misfits[found] = f"another schema than the table's: {_listed(sample.columns)}"
    return {found: sample for found, sample in samples.items() if found not in misfits}


def _may_join(sample: Sample, names: set[str], head: PathParts) -> bool:
    """Whether a file of the right format has the usual columns, of CSV the usual first ones."""
    if sample.layout.format == "csv":
        return _is_prefix(tuple(sample.columns), head)
    return overlap(sample.columns, names) >= 0.5


def _is_prefix(one: PathParts, other: PathParts) -> bool:
    """CSV is read by position: columns may be added at the end, nowhere else."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _told(layout: Layout) -> str:
    if layout.format != "csv":
        return layout.format
    header = "with" if layout.has_header else "without"
    return f"csv {header} header, separated by {layout.delimiter!r}"


def _listed(columns: Columns) -> str:
    return ", ".join(list(columns)[:5]) + (", …" if len(columns) > 5 else "")


def _partition(
    leaf: Folder, above: int, target: str, samples: dict[S3Object, Sample], misfits: RejectedObjects
) -> Partition:
    """A folder with its statistics, estimated for the objects of which no sample was taken."""
    values = tuple(part.partition("=")[2] if "=" in part else part for part in leaf.parts[above:])
    seen = [found for found in leaf.objects if found in samples]
    kept = [found for found in leaf.objects if found not in misfits]
    size = sum(found.size for found in kept)
    more = size / (sum(found.size for found in seen) or 1)
    records = sum(samples[found].records for found in seen)
    plain = sum(samples[found].records * samples[found].record_bytes for found in seen)
    statistics = Statistics(len(kept), size, records * more, plain * more)
    return Partition(values, _location(target, leaf.parts), statistics)


def _location(target: str, parts: PathParts) -> str:
    return target + "".join(f"{part}/" for part in parts)
