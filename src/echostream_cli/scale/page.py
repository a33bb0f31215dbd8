"""docs/scale.md: its text and its tables."""

from collections.abc import Iterator, Mapping, Sequence

from echostream.adapters.side_by_side import THREADS
from echostream_cli.costs import template
from echostream_cli.costs.counting import BATCH_SIZE, derive_window
from echostream_cli.costs.measurements import MANY, load
from echostream_cli.costs.plan import DAYS
from echostream_cli.costs.prices import prices
from echostream_cli.costs.stream import DOCUMENT_BYTES
from echostream_cli.costs.tables import format_table
from echostream_cli.paths import ROOT
from echostream_cli.scale import function_sizes, lake_loads, lambda_time, page_text, tables
from echostream_cli.scale.aws_limits import (
    ATHENA_MINUTES,
    PARTITION_BYTES,
    PREFIX_PUTS,
    SHARD_BYTES,
    SHARD_RECORDS,
)
from echostream_cli.scale.limits import MAX_BUSY, Limit, all_limits
from echostream_cli.scale.loads import (
    DIRECT,
    PEAK,
    STREAM,
    Load,
    documents_of_shard,
    processed_of_shard,
)
from echostream_cli.scale.partition_capacity import UNITS_A_SECOND
from echostream_cli.scale.simulated_dynamodb import CALL, TRANSACTION
from echostream_cli.scale.simulations import READERS_SECONDS, SENDERS_SECONDS, Simulated
from echostream_cli.scale.stream_readers import SOURCES

PAGE = ROOT / "docs" / "scale.md"
CONSTANTS: Mapping[str, object] = {
    "partition_units": UNITS_A_SECOND,
    "partition_bytes": tables.size(PARTITION_BYTES),
    "shard_bytes": tables.size(SHARD_BYTES),
    "shard_records": SHARD_RECORDS,
    "prefix_puts": PREFIX_PUTS,
    "athena_minutes": ATHENA_MINUTES,
}
"""Names in the text, whatever the load."""


def format_page(simulated: Simulated) -> str:
    """The content of docs/scale.md."""
    return "\n\n".join([*_list_limits(all_limits()), *_list_parts(simulated)]) + "\n"


def _list_limits(limits: Sequence[Limit]) -> Iterator[str]:
    yield page_text.HEAD.format(peak=PEAK, bytes=DOCUMENT_BYTES, batch=MANY)
    yield tables.format_limits(limits)
    for name, per_day in tables.SIZES.items():
        reached = "\n".join(tables.list_reached(limits, per_day))
        yield page_text.SIZE.format(name=name, reached=reached or page_text.NOTHING)
    yield page_text.SETTINGS
    yield tables.format_rows(tables.SETTINGS)
    yield page_text.WRONG.format(
        **CONSTANTS, **_describe_wrong(Load(DIRECT, tables.SIZES["10 billion"]))
    )


def _list_parts(simulated: Simulated) -> Iterator[str]:
    yield page_text.REQUESTS.format(**CONSTANTS, **_describe_functions())
    yield tables.format_rows(tables.REQUESTS)
    yield page_text.FUNCTIONS.format(**_describe_sizes())
    yield format_table(*function_sizes.list_cells())
    yield page_text.TABLE.format(**CONSTANTS, **_describe_table(simulated))
    yield tables.format_rows(tables.TABLE)
    yield page_text.LAKE.format(
        **CONSTANTS,
        bytes=lake_loads.enriched_bytes(Load(DIRECT, 1)),
        listed=lake_loads.listed_days(),
    )
    yield tables.format_rows(tables.LAKE)
    yield page_text.TENANTS.format(sources=SOURCES, threads=THREADS)
    yield tables.format_tenants()
    yield page_text.BILL.format(
        days=template.get_number("RetentionDays", {}),
        lake_days=template.get_number("LakeRetentionDays", {}),
    )
    yield tables.format_bill()
    yield page_text.SIMULATION.format(
        **CONSTANTS,
        seconds=SENDERS_SECONDS,
        low=TRANSACTION[0] * 1000,
        high=TRANSACTION[1] * 1000,
        call_low=CALL[0] * 1000,
        call_high=CALL[1] * 1000,
        shards=template.get_number("Shards", {}),
    )
    yield tables.format_senders(simulated)
    yield page_text.READERS.format(size=BATCH_SIZE, seconds=READERS_SECONDS)
    yield tables.format_readers(simulated)


def _describe_functions() -> Mapping[str, float]:
    readers = template.get_properties("StreamMapping")["ParallelizationFactor"]
    return {
        "slowdown": lambda_time.slowdown("ProcessorFunction"),
        "ingest_slowdown": lambda_time.slowdown("IngestFunction"),
        "full": lambda_time.FULL_CPU,
        "readers": readers,
        "processed": processed_of_shard() / readers,
        "taken": documents_of_shard(STREAM),
    }


def _describe_sizes() -> Mapping[str, object]:
    *sizes, largest = (f"{size:,}" for size in function_sizes.SIZES)
    return {
        "full": lambda_time.FULL_CPU,
        "sizes": f"{', '.join(sizes)} and {largest}",
        "time": function_sizes.TIME_SHARE,
        "memory": function_sizes.MEMORY_SHARE,
        "start": function_sizes.START_SECONDS,
        "work": function_sizes.WORK_SECONDS,
    }


def _describe_table(simulated: Simulated) -> Mapping[str, float]:
    return {
        "window": derive_window({}),
        "size": BATCH_SIZE,
        "reader": simulated.reader(1, 1).changes_per_second,
        "held": sum(TRANSACTION) / 2 * 1000,
        "free": 1 - MAX_BUSY,
    }


def _describe_wrong(wrong: Load) -> Mapping[str, str]:
    stored = sum(map(wrong.dollars, ("dynamodb_storage", "dynamodb_recovery")))
    days = template.get_number("RetentionDays", {})
    units = load().runs["comprehend", MANY].per_document()["comprehend_unit"]
    comprehend = prices()["comprehend_unit"].of(units * wrong.per_day * DAYS)
    writes = wrong.dollars("dynamodb_write")
    return {
        "total": _dollars(lake_loads.bill_of_month(wrong).total),
        "table": _dollars(writes + stored),
        "writes": _dollars(writes),
        "stored": _dollars(stored),
        "one_day": _dollars(stored / days),
        "days": f"{days:.0f}",
        "table_bytes": tables.size(wrong.quantity("dynamodb_storage") * 1e9),
        "partitions": tables.count(wrong.partitions),
        "lists": tables.count(lake_loads.lists_a_night(wrong)),
        "enriched": tables.size(lake_loads.enriched_bytes(wrong)),
        "seconds": f"{template.get_properties('CompactFunction')['Timeout']}",
        "comprehend": _dollars(comprehend),
    }


def _dollars(amount: float) -> str:
    return f"${tables.count(amount)}"
