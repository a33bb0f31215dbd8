"""The sample data as a source that needs no network: some documents each minute.

Their number follows the hours of the day of the samples' own times, so that charts have a rhythm.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import floor
from typing import Any

from echostream.domain.codec import time_from_wire, time_to_wire
from echostream_sources.settings import BadSetting, Settings
from echostream_sources.source import Cursor, Fetched
from echostream_sources.watch import EVERYTHING, Watch

NAME = "replay"
PER_MINUTE, MOST = 10, 500
LONGEST_PAUSE = 60
"""Minutes that a read makes up for after a pause."""

Sample = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Replay:
    """Samples with new ids and times; `per_minute` is the mean number of a day.

    The channel is the source of the sample, or `channel` if it is given.
    """

    samples: Sequence[Sample]
    per_minute: int = PER_MINUTE
    channel: str = ""
    watch: Watch = EVERYTHING
    name: str = NAME

    def fetch(self, cursor: Cursor, budget: int, now: datetime) -> Fetched:
        """The documents of each minute since the last read; first, those of the minute of `now`."""
        last = int(now.timestamp()) // 60
        oldest = last - LONGEST_PAUSE + 1
        first, sent = cursor.get("minute", last), cursor.get("sent", 0)
        if first < oldest:
            first, sent = oldest, 0
        weights = _weights(self.samples)
        places = [
            (minute, offset)
            for minute in range(first, last + 1)
            for offset in range(sent if minute == first else 0, self._number(minute, weights))
        ]
        choice = self.watch.choose([self._document(*place) for place in places], budget)
        rest = places[choice.read :]
        minute, sent = rest[0] if rest else (last, self._number(last, weights))
        return Fetched(
            choice.taken,
            {"minute": minute, "sent": sent},
            has_more=bool(rest),
            without_text=choice.without_text,
            unmatched=choice.unmatched,
        )

    def _number(self, minute: int, weights: Sequence[float]) -> int:
        """The number of documents of a minute."""
        rate = self.per_minute * weights[minute // 60 % 24]
        return floor(rate * (minute + 1)) - floor(rate * minute)

    def _document(self, minute: int, offset: int) -> dict[str, Any]:
        """A document of a minute; the same one for the same place."""
        sample = self.samples[(minute * MOST + offset) % len(self.samples)]
        return {
            **sample,
            "source": self.name,
            "channel": self.channel or sample["source"],
            "id": f"{self.name}-{minute}-{offset}",
            "created_at": time_to_wire(datetime.fromtimestamp(minute * 60, UTC)),
        }


def _weights(samples: Sequence[Sample]) -> list[float]:
    """How much is written in each hour of a day; the mean is 1."""
    hours = Counter(time_from_wire("created_at", one["created_at"]).hour for one in samples)
    return [24 * hours[hour] / len(samples) for hour in range(24)]


def open_source(settings: Settings) -> Replay:
    """The samples with some settings. Raises `BadSetting`."""
    text = settings.text("per_minute", str(PER_MINUTE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST):
        raise BadSetting(f"per_minute: must be 1 to {MOST}")
    return Replay(settings.samples, int(text), settings.text("channel"), settings.watch())
