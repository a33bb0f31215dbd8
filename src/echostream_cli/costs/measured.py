"""What `make cost` metered last, kept in `measured.json`: the only source of the tables."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from echostream_cli.costs.bill import Usage, added, scaled
from echostream_cli.costs.calls import Metered

FILE = Path(__file__).with_name("measured.json")
MANY = 100
"""The batch that is metered beside single documents."""


@dataclass(frozen=True, slots=True)
class Run:
    """Documents that were sent with one engine, so many at once, and what that used in all."""

    engine: str
    batch: int
    documents: int
    quiet_ms: float
    cold_ms: float
    megabytes: int
    metered: Metered

    def per_document(self) -> Usage:
        """Usage by price of one document."""
        return scaled(self.metered.total, 1 / self.documents)

    def gauge(self, name: str) -> float:
        """A gauge, for one document: `table_bytes`, `lake_bytes`, `put_units`."""
        return self.metered.gauges.get(name, 0.0) / self.documents


@dataclass(frozen=True, slots=True)
class Measured:
    """All runs of one `make cost`."""

    as_of: str
    documents: int
    runs: Mapping[tuple[str, int], Run]
    acts: Mapping[str, Usage]
    metrics: int

    def per_document(self, engine: str, batch: float) -> Usage:
        """Usage of a document among `batch`: a part for the document, a part for the call."""
        one, many = self.runs[engine, 1].per_document(), self.runs[engine, MANY].per_document()
        of_call = scaled(added(one, scaled(many, -1)), 1 / (1 - 1 / MANY))
        return added(one, scaled(of_call, 1 / batch - 1))


def to_json(
    documents: int, ingest: Mapping[str, Any], acts: Mapping[str, Any], metrics: int
) -> dict[str, Any]:
    """What is kept of a `make cost`; `ingest` is by `engine/batch`."""
    return {
        "as_of": f"{datetime.now(UTC):%Y-%m-%d}",
        "documents": documents,
        "ingest": dict(ingest),
        "acts": dict(acts),
        "metrics": metrics,
    }


def from_json(kept: Mapping[str, Any]) -> Measured:
    runs = {}
    for name, one in kept["ingest"].items():
        engine, _, batch = name.partition("/")
        runs[engine, int(batch)] = Run(
            engine=engine,
            batch=int(batch),
            documents=one["documents"],
            quiet_ms=one["quiet_ms"],
            cold_ms=one["cold_ms"],
            megabytes=one["megabytes"],
            metered=Metered.from_json(one),
        )
    acts = {
        name: scaled(Metered.from_json(one).total, 1 / one["times"])
        for name, one in kept["acts"].items()
    }
    return Measured(kept["as_of"], kept["documents"], runs, acts, kept.get("metrics", 0))


@cache
def measured() -> Measured:
    """What is kept."""
    return from_json(json.loads(FILE.read_text()))


def keep(made: Mapping[str, Any], path: Path = FILE) -> bool:
    """Keep a `make cost`. False where what is kept was metered over more documents."""
    if path.exists() and json.loads(path.read_text())["documents"] > made["documents"]:
        return False
    path.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
    measured.cache_clear()
    return True
