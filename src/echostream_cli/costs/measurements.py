"""The measurements of the last `make cost`, stored in `measured.json`; the tables show these."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from echostream_cli.costs.bill import Usage, add, scale
from echostream_cli.costs.calls import MeteredUsage

FILE = Path(__file__).with_name("measured.json")
MANY = 100
"""The size of the large batches."""
SIZES = (1, 10, MANY)
"""The sizes of batches that are metered."""


@dataclass(frozen=True, slots=True)
class Run:
    """The usage of documents that were sent with one engine in batches of one size.

    `quiet_ms` is the duration of an invocation of the processor, `cold_gb_second` what cold starts
    of the functions add to a request.
    """

    engine: str
    batch: int
    documents: int
    quiet_ms: float
    cold_gb_second: float
    metered: MeteredUsage

    def per_document(self) -> Usage:
        """Usage of one document."""
        return scale(self.metered.total, 1 / self.documents)

    def derived(self) -> Usage:
        """The part of a document in the usage of the function `derive`."""
        names = [name for name in self.metered.usage if "derive" in name]
        return scale(add(*map(self.metered.usage.__getitem__, names)), 1 / self.documents)

    def of_call(self, name: str) -> Usage:
        """Usage of one document by the calls of one name."""
        return scale(self.metered.usage[name], 1 / self.documents)

    def gauge(self, name: str) -> float:
        """A gauge for one document: `table_bytes`, `lake_bytes` or `insert_units`."""
        return self.metered.gauges.get(name, 0.0) / self.documents


@dataclass(frozen=True, slots=True)
class Measurements:
    """All runs of one `make cost`; `acts` is the usage of one sign-in, query and so on."""

    as_of: str
    documents: int
    runs: Mapping[tuple[str, int], Run]
    acts: Mapping[str, Usage]
    metrics: int

    def per_document(
        self, engine: str, batch: float, usage_of: Callable[[Run], Usage] = Run.per_document
    ) -> Usage:
        """Usage of one document in a batch: of the document, and its share of the call.

        Both are those of the two metered sizes that the batch is between, or of the largest two.
        `usage_of` selects a part of a run's usage.
        """
        smaller, larger = next(
            (sizes for sizes in pairwise(SIZES) if batch <= sizes[1]), (SIZES[-2], SIZES[-1])
        )
        low, high = (usage_of(self.runs[engine, size]) for size in (smaller, larger))
        of_call = scale(add(low, scale(high, -1)), 1 / (1 / smaller - 1 / larger))
        return add(high, scale(of_call, 1 / batch - 1 / larger))


def to_json(
    documents: int, ingest: Mapping[str, Any], acts: Mapping[str, Any], metrics: int
) -> dict[str, Any]:
    """The content of `measured.json`; the keys of `ingest` are `engine/batch`."""
    return {
        "as_of": f"{datetime.now(UTC):%Y-%m-%d}",
        "documents": documents,
        "ingest": dict(ingest),
        "acts": dict(acts),
        "metrics": metrics,
    }


def from_json(content: Mapping[str, Any]) -> Measurements:
    """The inverse of `to_json`."""
    runs = {}
    for name, run in content["ingest"].items():
        engine, _, batch = name.partition("/")
        runs[engine, int(batch)] = Run(
            engine=engine,
            batch=int(batch),
            documents=run["documents"],
            quiet_ms=run["quiet_ms"],
            cold_gb_second=run["cold_gb_second"],
            metered=MeteredUsage.from_json(run),
        )
    acts = {
        name: scale(MeteredUsage.from_json(act).total, 1 / act["times"])
        for name, act in content["acts"].items()
    }
    return Measurements(
        content["as_of"], content["documents"], runs, acts, content.get("metrics", 0)
    )


@cache
def load() -> Measurements:
    """The measurements in `measured.json`."""
    return from_json(json.loads(FILE.read_text()))


def save(content: Mapping[str, Any], path: Path = FILE) -> bool:
    """Write `measured.json`; False, and nothing written, if it is from more documents."""
    if path.exists() and json.loads(path.read_text())["documents"] > content["documents"]:
        return False
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    load.cache_clear()
    return True
