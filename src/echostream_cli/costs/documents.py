"""The documents that are metered."""

from datetime import datetime, timedelta
from typing import Any

from seed.dataset import documents, samples

DATASET = "tweets"
RATE = 1_000_000 * 12 / 365
"""Documents a day: a million in a month."""
SPACING = timedelta(days=1) / RATE
"""The time between two documents; it determines how many share a count and an object."""


def make_documents(number: int, prefix: str, now: datetime) -> list[dict[str, Any]]:
    """Documents up to now, evenly spaced; texts repeat if there are too few, ids do not."""
    texts = documents(DATASET, len(samples(DATASET)), now)
    return [
        {
            **texts[index % len(texts)],
            "id": f"{prefix}-{index}",
            "created_at": _format_time(now - SPACING * (number - index)),
        }
        for index in range(number)
    ]


def _format_time(moment: datetime) -> str:
    """RFC 3339 with milliseconds, so that all items have the same size."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
