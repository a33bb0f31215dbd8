"""Generates months of lake: `python -m bench.lake_generator --days 365 --documents 1000000`.

Texts and scores are real; ids, times and sources are generated from a seed. Objects have the layout
of the pipeline: a batch of about 25 documents, under its hour of arrival. `--remove` deletes them.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

from bench.lake_plan import BATCH, Plan, Pool, batches, pool, without_scores
from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_lake import S3Lake
from echostream.domain.lake import Lake, tenant_prefix
from echostream_cli.errors import UserError
from echostream_cli.outputs import outputs
from echostream_cli.settings import Settings, load_running

WRITERS = 8


@dataclass(frozen=True, slots=True)
class WriteReport:
    """The documents and objects (of `enriched/`) that were written, and the seconds."""

    documents: int
    objects: int
    seconds: float


def write(
    plan: Plan,
    lake: Lake,
    samples_of: Pool,
    with_raw: bool = False,
    progress: Callable[[int], object] = lambda _: None,
) -> WriteReport:
    """Write the objects of a plan; `progress` is called with the documents of each object."""
    numbers, start = plan.numbers(), time.monotonic()

    def write_day(item: tuple[date, int]) -> int:
        objects = 0
        for batch, rows in batches(plan, *item, samples_of):
            if with_raw:
                lake.write("raw", batch, without_scores(rows))
            lake.write("enriched", batch, rows)
            progress(len(rows))
            objects += 1
        return objects

    with ThreadPoolExecutor(WRITERS) as writers:
        objects = sum(writers.map(write_day, numbers.items()))
    return WriteReport(sum(numbers.values()), objects, time.monotonic() - start)


def write_to(settings: Settings, plan: Plan, with_raw: bool = False) -> WriteReport:
    """Write a plan to the lake of a running sandbox, with a progress bar."""
    s3 = settings.target.client("s3", Config(max_pool_connections=WRITERS))
    lake = S3Lake(s3, outputs(settings)["LAKE_BUCKET"])
    with tqdm(total=plan.documents, unit=" documents", disable=None, leave=False) as bar:
        return write(plan, lake, pool(), with_raw, bar.update)


def remove(settings: Settings, tenant: str) -> int:
    """Delete the lake of a tenant with its compacted days; returns the number of its objects."""
    sandbox, s3 = outputs(settings), settings.target.client("s3")
    bucket = sandbox["LAKE_BUCKET"]
    catalog = GlueCatalog(settings.target.client("glue"), sandbox["DATABASE"])
    zones = [tenant_prefix("enriched", tenant), tenant_prefix("raw", tenant)]
    number = sum(_delete(s3, bucket, zone) for zone in zones)
    for day, tenants in catalog.compacted_days().items():
        if tenant in tenants:
            catalog.remove(day, tenant)
            _delete(s3, bucket, tenants[tenant].folder.removeprefix(f"s3://{bucket}/"))
    return number


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    yield from (item["Key"] for page in pages for item in page.get("Contents", []))


def _delete(s3: Any, bucket: str, prefix: str) -> int:
    keys = [{"Key": key} for key in _keys(s3, bucket, prefix)]
    for start in range(0, len(keys), 1000):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": keys[start : start + 1000]})
    return len(keys)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.lake_generator", description=__doc__)
    parser.add_argument("--days", type=int, default=365, help="the last days before today")
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--tenant", default="year", help="must not be in use")
    parser.add_argument(
        "--batch", type=int, default=BATCH, help="mean number of documents in an object"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers")
    parser.add_argument("--raw", action="store_true", help="write raw/ too")
    parser.add_argument("--remove", action="store_true", help="delete the tenant's lake")
    options = parser.parse_args()
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    plan = Plan(
        options.tenant, yesterday, options.days, options.documents, options.seed, options.batch
    )
    try:
        if options.remove:
            print(f"{remove(load_running(), options.tenant):,} objects deleted")
            return
        report = write_to(load_running(), plan, options.raw)
    except (UserError, ClientError, BotoCoreError) as error:
        sys.exit(f"error: {error}")
    print(f"{report.documents:,} documents in {report.objects:,} objects,")
    print(f"{plan.first} to {plan.last}, in {report.seconds:.0f} s")
    print("compact the closed days with: make compact")


if __name__ == "__main__":
    main()
