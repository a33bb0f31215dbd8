"""The documents that are metered."""

from datetime import datetime, timedelta
from typing import Any

from seed.dataset import documents, samples

DATASET = "tweets"
SPACING = timedelta(days=1) / 5000
"""The time between two documents, at 5,000 a day: it determines how many share a count."""


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
