"""What a load means for the lake: objects, their sizes, and the nightly compaction."""

from echostream.domain.consume import MAX_GROUP
from echostream_cli.costs import template
from echostream_cli.costs.bill import Bill, make_bill
from echostream_cli.costs.plan import DAYS
from echostream_cli.scale.aws_limits import LISTED_KEYS
from echostream_cli.scale.loads import DIRECT, Load

STATEMENTS = 3
"""Of Athena, that read a day of `enriched/` to compact it: problems, late documents, documents."""
LISTINGS = 3
"""Of the objects of a day that is compacted, beside one of each day that may still change."""


def raw_documents(load: Load) -> float:
    """Documents in an object of `raw/`."""
    if load.setup.path == "direct":
        return load.setup.batch
    mapping = template.get_properties("StreamMapping")
    of_record = load.setup.batch / load.setup.records
    readers = load.kinesis_shards * mapping["ParallelizationFactor"]
    collected = load.mean / readers * mapping["MaximumBatchingWindowInSeconds"]
    most = min(MAX_GROUP, mapping["BatchSize"] * of_record)
    return float(min(most, max(of_record, collected)))


def enriched_documents(load: Load) -> float:
    """Documents in an object of `enriched/`."""
    return load.changes_of_batch(load.mean) / load.changes_of_document


def raw_objects(load: Load) -> float:
    """A day."""
    return load.per_day / raw_documents(load)


def raw_puts(load: Load) -> float:
    """Objects of `raw/` in the busiest second."""
    return load.peak / raw_documents(load)


def raw_size(load: Load) -> float:
    """Bytes of an object of `raw/`."""
    return _object_bytes() * raw_documents(load)


def enriched_objects(load: Load) -> float:
    """A day."""
    return load.per_day / enriched_documents(load)


def enriched_size(load: Load) -> float:
    """Bytes of an object of `enriched/`."""
    return _object_bytes() * enriched_documents(load)


def enriched_bytes(load: Load) -> float:
    """Of a day."""
    return _object_bytes() * load.per_day


def lists_a_night(load: Load) -> float:
    """Calls with which the compaction lists the days that may still change."""
    return enriched_objects(load) * (listed_days() + LISTINGS) / LISTED_KEYS


def bill_of_month(load: Load) -> Bill:
    """The bill of a month, with the nightly compaction of this many documents."""
    compaction = {
        "athena_scanned": STATEMENTS * enriched_bytes(load) * DAYS / 1e12,
        "s3_put": lists_a_night(load) * DAYS,
    }
    return Bill((*load.plan.lines, *make_bill(compaction).lines))


def _object_bytes() -> float:
    """Of a document in an object, packed: half of what it takes in both zones."""
    return DIRECT.run.gauge("lake_bytes") / 2


def listed_days() -> float:
    """Days of which the compaction lists the objects every night."""
    return template.get_number("RetentionDays", {}) + 2
