"""Writes months of lake: `python -m bench.lake_generator --days 365 --documents 1000000`.

Texts and their scores are real; ids, times and sources are made up, always in the same way. Objects
are those that the pipeline writes: a batch of some 25 documents each, under the hour in which it
arrived. `--remove` deletes them again.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, TypeAlias

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

from echostream.adapters.glue_catalog import TABLE, GlueCatalog
from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.vader import Vader
from echostream.domain.codec import scored_to_wire, time_from_wire
from echostream.domain.lake import Batch, Lake, batch_of, compacted_prefix, tenant_prefix
from echostream.domain.model import Document, ScoredDocument, document_id
from echostream.domain.validation import DOCUMENT_FIELDS
from echostream_cli.errors import UserError
from echostream_cli.lake.compact import compact
from echostream_cli.outputs import outputs
from echostream_cli.settings import Settings, load_running
from seed.dataset import DATASETS, documents, samples

WRITERS = 8
BATCH = 25
"""Documents an object, in the mean, where nothing else is said."""
WEEKDAYS = (1.0, 1.05, 1.05, 1.0, 0.95, 0.8, 0.75)
"""Traffic from Monday to Sunday, over that of a Monday."""
HOURS = (3, 2, 2, 1, 1, 2, 4, 6, 9, 11, 12, 12, 13, 13, 13, 12, 12, 13, 14, 15, 14, 11, 8, 5)
"""Traffic of the 24 hours (UTC), in parts of any size."""
SHARES = {
    "twitter": 34,
    "bluesky": 22,
    "mastodon": 12,
    "shop-reviews": 14,
    "film-reviews": 10,
    "newspaper": 8,
}
"""Traffic of the sources, in percent."""
LATEST = 300_000
"""Milliseconds for which a document may be under way."""

Pool: TypeAlias = Mapping[str, Sequence[ScoredDocument]]
"""Scored samples by source."""
Rows: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write: whose, how many documents, on how many days (UTC) up to and with `last`.

    `batch` is how many documents an object has in the mean.
    """

    tenant: str
    last: date
    days: int
    documents: int
    seed: int = 1
    batch: int = BATCH

    @property
    def first(self) -> date:
        return self.last - timedelta(days=self.days - 1)

    def numbers(self) -> dict[date, int]:
        """Documents of each day, which add up to all: a weekly rhythm, slow growth, chance."""
        dice = Random(f"{self.seed} days")  # noqa: S311 (no secret)
        days = [self.first + timedelta(days=at) for at in range(self.days)]
        weights = [
            WEEKDAYS[day.weekday()] * (0.8 + 0.4 * at / self.days) * dice.lognormvariate(0, 0.15)
            for at, day in enumerate(days)
        ]
        return dict(zip(days, _split(self.documents, weights), strict=True))


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: documents, objects in `enriched/`, and in how many seconds."""

    documents: int
    objects: int
    seconds: float


def pool(number: int | None = None) -> Pool:
    """All samples, or at most so many a data set, each scored once by VADER."""
    now = datetime.now(UTC)
    raw = [one for name in DATASETS for one in documents(name, number or len(samples(name)), now)]
    made = [_document(one) for one in raw]
    found: dict[str, list[ScoredDocument]] = {}
    for pair in zip(made, Vader().enrich(made, now), strict=True):
        found.setdefault(pair[0].source, []).append(ScoredDocument(*pair))
    return found


def _document(raw: Mapping[str, Any]) -> Document:
    return Document(**{**raw, "created_at": time_from_wire("created_at", raw["created_at"])})


def batches(plan: Plan, day: date, number: int, samples_of: Pool) -> Iterator[tuple[Batch, Rows]]:
    """The batches of a day with so many documents, in the order of their arrival.

    Each with its lines as `enriched/` holds them.
    """
    dice = Random(f"{plan.seed} {day}")  # noqa: S311
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for hour, in_hour in enumerate(_split(number, HOURS)):
        objects = max(1, round(in_hour / plan.batch))
        sizes = _split(in_hour, [dice.uniform(0.4, 1.6) for _ in range(objects)])
        seconds = sorted(dice.random() * 3600 for _ in sizes)
        for size, second in zip(sizes, seconds, strict=True):
            if size:
                arrived = start + timedelta(hours=hour, microseconds=int(second * 1e6))
                yield _batch(plan.tenant, arrived, size, samples_of, dice)


def _batch(
    tenant: str, arrived: datetime, size: int, samples_of: Pool, dice: Random
) -> tuple[Batch, Rows]:
    """What one sender of one source sent."""
    sources = [source for source in SHARES if source in samples_of]
    [source] = dice.choices(sources, [SHARES[source] for source in sources])
    picked = dice.choices(samples_of[source], k=size)
    rows = [scored_to_wire(_at(one, arrived, dice)) for one in picked]
    sent = [{name: row[name] for name in DOCUMENT_FIELDS} for row in rows]
    return batch_of(tenant, arrived, sent), rows


def _at(sample: ScoredDocument, arrived: datetime, dice: Random) -> ScoredDocument:
    """A sample as another document, which was scored when it arrived."""
    sent_at = arrived.replace(microsecond=arrived.microsecond // 1000 * 1000)
    sent_at -= timedelta(milliseconds=dice.randrange(LATEST))
    found = sample.document
    name = document_id(found.source, found.author, sent_at, found.text)
    return ScoredDocument(
        replace(found, id=name, created_at=sent_at),
        replace(sample.enrichment, enriched_at=arrived),
    )


def _split(total: int, weights: Sequence[float]) -> list[int]:
    """A whole number in parts like the weights, which add up to it."""
    whole = sum(weights)
    ends = [round(total * part / whole) for part in accumulate(weights)]
    return [end - start for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def write(
    plan: Plan,
    lake: Lake,
    samples_of: Pool,
    with_raw: bool = False,
    progress: Callable[[int], object] = lambda _: None,
) -> Written:
    """Writes what a plan says; `progress` hears of the documents of each object."""
    numbers, started = plan.numbers(), time.monotonic()

    def write_day(item: tuple[date, int]) -> int:
        objects = 0
        for batch, rows in batches(plan, *item, samples_of):
            if with_raw:
                sent = [{name: row[name] for name in DOCUMENT_FIELDS} for row in rows]
                lake.write("raw", batch, sent)
            lake.write("enriched", batch, rows)
            progress(len(rows))
            objects += 1
        return objects

    with ThreadPoolExecutor(WRITERS) as writers:
        objects = sum(writers.map(write_day, numbers.items()))
    return Written(sum(numbers.values()), objects, time.monotonic() - started)


def write_to(settings: Settings, plan: Plan, with_raw: bool = False) -> Written:
    """Writes a plan to a running sandbox's lake, with a bar that tells how far it is."""
    s3 = settings.target.client("s3", Config(max_pool_connections=WRITERS))
    lake = S3Lake(s3, outputs(settings)["LAKE_BUCKET"])
    with tqdm(total=plan.documents, unit=" documents", disable=None, leave=False) as bar:
        return write(plan, lake, pool(), with_raw, bar.update)


def remove(settings: Settings, tenant: str) -> int:
    """Deletes a tenant's lake; how many objects that were.

    Compacted days are deleted where they held nothing else, and compacted anew where they did.
    """
    found, s3 = outputs(settings), settings.target.client("s3")
    bucket, glue = found["LAKE_BUCKET"], settings.target.client("glue")
    zones = [tenant_prefix("enriched", tenant), tenant_prefix("raw", tenant)]
    days = {key.split("/")[2].removeprefix("dt=") for key in _keys(s3, bucket, zones[0])}
    compacted = days & GlueCatalog(glue, found["DATABASE"]).compacted_days().keys()
    number = sum(_delete(s3, bucket, zone) for zone in zones)
    for day in sorted(compacted):
        glue.delete_partition(
            DatabaseName=found["DATABASE"], TableName=TABLE, PartitionValues=[day]
        )
        _delete(s3, bucket, compacted_prefix(day))
    if compacted:
        compact(settings.target)
    return number


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    yield from (found["Key"] for page in pages for found in page.get("Contents", []))


def _delete(s3: Any, bucket: str, prefix: str) -> int:
    keys = [{"Key": key} for key in _keys(s3, bucket, prefix)]
    for start in range(0, len(keys), 1000):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": keys[start : start + 1000]})
    return len(keys)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.lake_generator", description=__doc__)
    parser.add_argument("--days", type=int, default=365, help="up to yesterday")
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--tenant", default="year", help="whose lake; no tenant that is in use")
    parser.add_argument("--batch", type=int, default=BATCH, help="documents an object")
    parser.add_argument("--seed", type=int, default=1, help="another one, other documents")
    parser.add_argument("--raw", action="store_true", help="write raw/ as well")
    parser.add_argument("--remove", action="store_true", help="delete the tenant's lake")
    given = parser.parse_args()
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    plan = Plan(given.tenant, yesterday, given.days, given.documents, given.seed, given.batch)
    try:
        if given.remove:
            print(f"{remove(load_running(), given.tenant):,} objects deleted")
            return
        done = write_to(load_running(), plan, given.raw)
    except (UserError, ClientError, BotoCoreError) as error:
        sys.exit(f"error: {error}")
    print(f"{done.documents:,} documents in {done.objects:,} objects, {plan.first} to {plan.last},")
    print(f"{done.seconds:.0f} s ({done.objects / done.seconds:,.0f} objects/s)")
    print("`documents` has closed days once they are compacted: make compact")


if __name__ == "__main__":
    main()
