"""The bill of live sources: the producer's runs each minute, and its reads.

Metered with sources that need no network. What they lack is added: the time in which a function
waits for a service's answers, and the credentials of a source.
"""

from echostream.domain.live_sources import DEFAULT_INTERVAL, RUN_EVERY
from echostream_cli.costs import template
from echostream_cli.costs.bill import Usage, add, scale
from echostream_cli.costs.measurements import Measurements

METERED_SOURCES = 5
"""The number of sources that a metered run reads."""
MONTH = 365 / 12 * 24 * 3600
"""Seconds."""
ANSWER_SECONDS = {"rss": 2.0, "hackernews": 2.0, "reddit": 2.0, "mastodon": 2.0, "bluesky": 20.0}
"""Seconds of a read until all answers have arrived: assumed, of Bluesky the longest read."""
WITH_CREDENTIALS = 1 / len(ANSWER_SECONDS)
"""The share of sources with credentials: Reddit needs them."""


def compute_sources(
    measured: Measurements, number: float, interval: float = DEFAULT_INTERVAL
) -> Usage:
    """Usage of a month with as many sources of each kind, read each `interval` seconds.

    Without the documents. Nothing is used without a source, because there is no producer then.
    """
    if not number:
        return {}
    idle, all_reads = measured.acts["producer_idle"], measured.acts["producer_reads"]
    read = scale(add(all_reads, scale(idle, -1)), 1 / METERED_SOURCES)
    reads = number * MONTH / interval
    seconds = sum(ANSWER_SECONDS.values()) / len(ANSWER_SECONDS)
    gigabytes = template.get_memory("ProducerFunction") / 1024
    return add(
        scale(idle, MONTH / RUN_EVERY.total_seconds()),
        scale(read, reads),
        {
            "lambda_gb_second": reads * seconds * gigabytes,
            "secret": number * WITH_CREDENTIALS,
            "secret_call": reads * WITH_CREDENTIALS,
        },
    )
