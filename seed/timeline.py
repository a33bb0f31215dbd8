"""When the sample documents were written, and which of them: a daily rhythm and two events.

The texts are real; their times are made up. Little is written at night, much in the evening. In an
event more is written than usual, and most of it is negative, or positive.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAYS = 2
"""The days before now that have documents, unless more or fewer are wanted."""
MAX_DAYS = 30
"""The retention of the table."""
SENDING = timedelta(hours=1)
"""The oldest documents are younger than the retention by the time for which they can be sent."""
STEP = timedelta(minutes=10)
RHYTHM = (5, 3, 2, 2, 2, 3, 5, 8, 10, 11, 11, 12, 13, 12, 11, 11, 12, 13, 14, 15, 16, 15, 12, 8)
"""How much is written in each hour of a day (UTC), in proportion."""
CLEAR = 0.5
"""The least rating, or its negative, of a text that an event chooses."""
FREE = 5
"""One text in this number is not chosen by an event."""


@dataclass(frozen=True, slots=True)
class Event:
    """What people write about: its age at the begin and end, and the sign of chosen ratings.

    `more` is added to the rhythm.
    """

    name: str
    begin: timedelta
    end: timedelta
    more: float
    sign: int

    def includes(self, age: timedelta) -> bool:
        """Whether a document of an age was written during the event."""
        return self.end < age <= self.begin


EVENTS = (
    Event("bad release", timedelta(hours=30), timedelta(hours=26), 24, -1),
    Event("good announcement", timedelta(hours=9), timedelta(hours=6), 20, +1),
)


def make_times(number: int, now: datetime, days: int = DAYS) -> list[datetime]:
    """Times of the last days, oldest first; the same ones for the same arguments."""
    period = min(timedelta(days=days), timedelta(days=MAX_DAYS) - SENDING)
    starts = [now - period + STEP * step for step in range(period // STEP)]
    rates = [_rate(start, now - start) for start in starts]
    draw = random.Random(number)  # noqa: S311
    return sorted(start + STEP * draw.random() for start in draw.choices(starts, rates, k=number))


def _rate(at: datetime, age: timedelta) -> float:
    """How much is written at a time, in proportion."""
    return RHYTHM[at.astimezone(UTC).hour] + sum(e.more for e in EVENTS if e.includes(age))


def arrange(ratings: Sequence[float], ages: Sequence[timedelta]) -> list[int]:
    """Which text is written at each age, by its index in the ratings; each once.

    An event chooses texts of its sign, as long as there are any. The others keep their order.
    """
    chosen: dict[int, int] = {}
    for event in EVENTS:
        places = [n for n, age in enumerate(ages) if event.includes(age) and n % FREE]
        chosen |= zip(places, _choose(event, ratings, len(places)), strict=False)
    taken = set(chosen.values())
    others = (index for index in range(len(ratings)) if index not in taken)
    return [chosen[n] if n in chosen else next(others) for n in range(len(ages))]


def _choose(event: Event, ratings: Sequence[float], number: int) -> Sequence[int]:
    """Up to a number of the texts of an event's sign, from anywhere among all texts."""
    clear = [index for index, rating in enumerate(ratings) if rating * event.sign >= CLEAR]
    return random.Random(number).sample(clear, min(number, len(clear)))  # noqa: S311
