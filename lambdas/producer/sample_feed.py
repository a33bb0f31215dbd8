"""A source that is always there: sends stored documents again, a few at a time, as of now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from echostream.domain.codec import time_to_wire

SOURCE = "replay"


def documents_at(
    stored: Sequence[Mapping[str, Any]], at: datetime, number: int
) -> list[dict[str, Any]]:
    """The documents of one minute: the next `number` after those of the minute before.

    The minute names them, so the same minute asked for twice gives the same documents.
    """
    minute = int(at.timestamp()) // 60
    picked = (stored[(minute * number + offset) % len(stored)] for offset in range(number))
    return [
        {
            **document,
            "source": SOURCE,
            "id": f"replay-{minute}-{offset}",
            "created_at": time_to_wire(at),
        }
        for offset, document in enumerate(picked)
    ]
