"""The work of an erasure: places are erased one after another, in parts.

Of each part the names are written to the receipt, then the part is erased, then the progress is
stored. A worker that takes over after a crash repeats one part, and finds its names in the receipt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from echostream.domain.erasure import (
    Chunk,
    Erasure,
    Erasures,
    Place,
    State,
    Subject,
)
from echostream.domain.errors import Overtaken, TooEarly, TryAgain
from echostream.domain.lake import day_of

PART_SECONDS = 120.0
"""A part begins only if this much time is left."""
STORED_WITHIN = timedelta(seconds=2)
"""The first message is delivered after this time, when the erasure is stored."""


class ErasePlace(Protocol):
    """A place that documents are erased from."""

    def find(self, erasure: Erasure, /) -> Chunk:
        """The next part to erase, from the erasure's position on."""

    def erase(self, erasure: Erasure, chunk: Chunk, /) -> None:
        """Erase what a part names. A repeat finds nothing. May raise `TryAgain`, `TooEarly`."""


class Receipts(Protocol):
    """The names of what was erased, in one object for each part."""

    def add(self, erasure: Erasure, found: Mapping[str, int]) -> Mapping[str, int]:
        """Add names to those of the erasure's part; all names of it, also of an earlier attempt."""


@dataclass(frozen=True, slots=True)
class Erase:
    """Continues erasures. `settle` is the longest time for which a function runs."""

    erasures: Erasures
    receipts: Receipts
    places: Mapping[Place, ErasePlace]
    settle: timedelta
    clock: Callable[[], datetime]

    def __call__(self, erasure: Erasure, seconds: Callable[[], float]) -> Erasure:
        """Continue until the round is done, or until little of the time is left.

        Raises `Overtaken` if another worker continues it, `TooEarly` if it has to wait, `TryAgain`.
        """
        if erasure.is_due(self.clock()):
            erasure = self.erasures.save(erasure.begin_round())
        while erasure.state is State.RUNNING and seconds() > PART_SECONDS:
            erasure = self.erase_part(erasure)
        return erasure

    def erase_part(self, erasure: Erasure) -> Erasure:
        """Erase the next part; the erasure after it, as it is stored."""
        place = self.places[erasure.place]
        chunk = place.find(erasure)
        chunk = replace(chunk, found=self.receipts.add(erasure, chunk.found))
        place.erase(erasure, chunk)
        days = map(day_of, chunk.found) if erasure.place == "enriched" else ()
        return self.erasures.save(erasure.after(chunk, days, self.clock(), self.settle))


class ErasureQueue(Protocol):
    """Messages that name an erasure to continue."""

    def send(self, tenant: str, name: str, delay: timedelta) -> None:
        """Deliver a message after a time, at least once. Raises `TryAgain`."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """Takes requests, and the messages of the queue. Each message leads to the next one.

    The first message is sent before the erasure is stored: no erasure is without one.
    """

    erase: Erase
    queue: ErasureQueue

    def request(self, tenant: str, name: str, subject: Subject) -> Erasure:
        """Store an erasure with a new id. A document is deleted from the table at once."""
        now = self.erase.clock()
        self.queue.send(tenant, name, STORED_WITHIN)
        erasure = self.erase.erasures.create(tenant, name, subject, now)
        return self.erase.erase_part(erasure) if subject.kind == "document" else erasure

    def resume(self, tenant: str, name: str, seconds: Callable[[], float]) -> Erasure | None:
        """Continue an erasure, and send the message that continues it further.

        None if another worker continues it. Raises `TryAgain`, also if it is not stored yet.
        """
        erasure = self.erase.erasures.get(tenant, name)
        if erasure is None:
            raise TryAgain(f"erasure {name}: not stored")
        try:
            erasure = self.erase(erasure, seconds)
        except Overtaken:
            return None
        except TooEarly:
            self.queue.send(tenant, name, self.erase.settle)
            return erasure
        if erasure.state is not State.DONE:
            due = erasure.due_at or self.erase.clock()
            self.queue.send(tenant, name, due - self.erase.clock())
        return erasure
