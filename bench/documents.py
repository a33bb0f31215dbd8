"""The documents that the benchmarks send: tweets with new ids, as dense as 5,000 a day."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from seed.dataset import documents, samples

DATASET = "tweets"
SPACING = timedelta(days=1) / 5000
"""The time between two documents of a request."""


def make_documents(number: int, prefix: str, now: datetime) -> list[dict[str, Any]]:
    """Documents up to now. The same number gives the same texts; the ids begin with the prefix."""
    texts = _texts()
    return [
        {
            **texts[index % len(texts)],
            "id": f"{prefix}-{index}",
            "created_at": _format_time(now - SPACING * (number - index)),
        }
        for index in range(number)
    ]


def make_requests(requests: int, size: int) -> list[list[dict[str, Any]]]:
    """The documents of each request; no id was ever used."""
    now = datetime.now(UTC)
    return [make_documents(size, secrets.token_hex(4), now) for _ in range(requests)]


@cache
def _texts() -> Sequence[dict[str, Any]]:
    return documents(DATASET, len(samples(DATASET)), datetime.now(UTC))


def _format_time(moment: datetime) -> str:
    """RFC 3339 with milliseconds, so that all documents have the same size."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
