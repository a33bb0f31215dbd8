"""How long the functions take on AWS, from what they take on the machine of the measurement."""

from echostream_cli.costs import template
from echostream_cli.costs.stream import INGEST_SECONDS

FULL_CPU = 1769
"""Megabytes at which Lambda gives a function one whole CPU, and less in proportion (its developer
guide, "Configure Lambda function memory")."""
DERIVE_CPU = 0.0475
"""Seconds of CPU for 1,000 changes of the table in `derive` without its calls: parsing, adding,
JSON and gzip. Measured on 2026-11-26 with tweets, on one core of the machine of `make cost`."""
CALL_CPU = 0.001
"""Seconds of CPU for a call of AWS: botocore's 0.5 ms, as measured without a network, and as much
for the network."""
OBJECT = 0.030, 0.060
"""Seconds to put an object into S3: an assumption."""


def slowdown(function: str) -> float:
    """How many times longer the CPU part takes with the memory of a function."""
    return max(1.0, FULL_CPU / template.get_memory(function))


def ingest_seconds() -> float:
    """Of an invocation of the function that queues a request, in Lambda at most."""
    return INGEST_SECONDS * slowdown("IngestFunction")


def derive_cpu(changes: int) -> float:
    """Seconds that a batch of changes takes in Lambda without its calls."""
    return DERIVE_CPU * changes / 1000 * slowdown("DeriveFunction")
