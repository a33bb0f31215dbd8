"""A feed of sample documents: a few stored documents per minute, dated at that minute."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from echostream.domain.codec import time_to_wire

SOURCE = "replay"


def documents_at(
    stored: Sequence[Mapping[str, Any]], at: datetime, number: int
) -> list[dict[str, Any]]:
    """The documents of one minute: the next `number` after those of the minute before.

    Their ids contain the minute, so that a repeated call returns the same documents.
    """
    minute = int(at.timestamp()) // 60
    samples = (stored[(minute * number + offset) % len(stored)] for offset in range(number))
    return [
        {
            **document,
            "source": SOURCE,
            "id": f"replay-{minute}-{offset}",
            "created_at": time_to_wire(at),
        }
        for offset, document in enumerate(samples)
    ]
