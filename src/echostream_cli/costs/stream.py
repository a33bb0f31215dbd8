"""What the stream path (`IngestPath=stream`) adds to the bill of a month."""

from collections.abc import Mapping
from datetime import UTC, datetime

from echostream.domain.stream_record import UNIT, pack
from echostream_cli.costs import template
from echostream_cli.costs.bill import Usage
from echostream_cli.costs.meter import GB

HOURS = 365 / 12 * 24
DOCUMENT_BYTES = 205
"""The mean of a tweet of the sample documents as JSON."""
INGEST_SECONDS = 0.015
"""A call of the ingest function in the sandbox, as its log reports it."""
INGEST_GB = 0.5
ALARMS = 2
"""Alarms that only the stream path has."""


def compute_stream(documents: float, batch: int, parameters: Mapping[str, str]) -> Usage:
    """The usage of a month with this many documents; empty on the direct path."""
    has_path = template.has_parameter("IngestPath")
    if not has_path or template.get_text("IngestPath", parameters) == "direct":
        return {}
    requests = documents / batch
    invocations = {
        "lambda_request": requests,
        "lambda_gb_second": requests * INGEST_SECONDS * INGEST_GB,
        "alarm": float(ALARMS),
    }
    sizes = list_record_sizes(batch)
    if template.get_text("StreamMode", parameters) == "PROVISIONED":
        shards = template.get_number("StreamShards", parameters)
        units = sum(-(-size // UNIT) for size in sizes)
        return {
            **invocations,
            "kinesis_shard_hour": shards * HOURS,
            "kinesis_put_unit": requests * units,
        }
    kilobytes = sum(-(-size // 1024) for size in sizes)
    return {
        **invocations,
        "kinesis_stream_hour": HOURS,
        "kinesis_gb_in": requests * kilobytes * 1024 / GB,
        "kinesis_gb_out": requests * sum(sizes) / GB,
    }


def list_record_sizes(batch: int) -> list[int]:
    """The sizes of the records of a request."""
    text = "x" * (DOCUMENT_BYTES - len('{"text":""}'))
    records = pack(
        "demo", datetime(2026, 1, 1, tzinfo=UTC), {key: {"text": text} for key in range(batch)}
    )
    return [len(record.data) for record in records]
