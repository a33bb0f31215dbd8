"""The work of an erasure: places are erased one after another, in parts.

Of each part the names are written to the receipt, then the part is erased, then the progress is
stored. A worker that takes over after a crash repeats one part, and finds its names in the receipt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from echostream.domain.erase_ports import Tenants
from echostream.domain.erasure import (
    Chunk,
    Erasure,
    Erasures,
    Kind,
    Place,
    State,
    Subject,
    deletion_id,
)
from echostream.domain.errors import Overtaken, TenantDeleted, TooEarly, TryAgain
from echostream.domain.lake import day_of
from echostream.domain.members import Tenant

PART_SECONDS = 120.0
"""A part begins only if this much time is left."""
STORED_WITHIN = timedelta(seconds=2)
"""The first message is delivered after this time, when the erasure is stored."""


class ErasePlace(Protocol):
    """A place that data is erased from."""

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
    """Continues erasures.

    `settle` is the longest time for which a function runs. `membership` is the time for which one
    remembers a member: requests of a tenant that is being deleted begin until then. `places` are
    those of each kind.
    """

    erasures: Erasures
    receipts: Receipts
    tenants: Tenants
    places: Mapping[Kind, Mapping[Place, ErasePlace]]
    settle: timedelta
    membership: timedelta
    clock: Callable[[], datetime]

    def __call__(self, erasure: Erasure, seconds: Callable[[], float]) -> Erasure:
        """Continue until the round is done, or until little of the time is left.

        Raises `Overtaken` if another worker continues it, `TooEarly` if it has to wait,
        `TenantDeleted`, `TryAgain`.
        """
        if erasure.is_due(self.clock()):
            erasure = self.erasures.save(erasure.begin_round())
        while erasure.state is State.RUNNING and seconds() > PART_SECONDS:
            erasure = self.erase_part(erasure)
        if erasure.state is State.DONE:
            self._delete_tenant(erasure)
        return erasure

    def _delete_tenant(self, erasure: Erasure) -> None:
        """Delete the tenant's own item, which makes the name free; nothing if that was done."""
        if erasure.kind == "tenant" and (tenant := self._deleted(erasure)):
            self.tenants.delete_tenant(tenant)

    def erase_part(self, erasure: Erasure) -> Erasure:
        """Erase the next part; the erasure after it, as it is stored."""
        is_tenant = erasure.kind == "tenant"
        if is_tenant and not self._deleted(erasure):
            raise TenantDeleted(f"{erasure.tenant}: is deleted, and may be another tenant now")
        place = self.places[erasure.kind][erasure.place]
        now = replace(erasure, covers_to=self.clock()) if is_tenant else erasure
        chunk = place.find(now)
        chunk = replace(chunk, found=self.receipts.add(erasure, chunk.found))
        place.erase(now, chunk)
        days = map(day_of, chunk.found) if erasure.place == "enriched" and not is_tenant else ()
        settle = self.settle + self.membership if is_tenant else self.settle
        return self.erasures.save(erasure.after(chunk, days, self.clock(), settle))

    def _deleted(self, erasure: Erasure) -> Tenant | None:
        """The tenant that an erasure deletes; None if it is deleted already, or not its subject."""
        tenant = self.tenants.tenant(erasure.tenant)
        is_deleting = tenant is not None and tenant.is_deleting
        is_same = tenant is not None and deletion_id(tenant.created_at) == erasure.id
        return tenant if is_deleting and is_same else None


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
        """Store an erasure with a new id. Documents are deleted from the table at once."""
        now = self.erase.clock()
        self.queue.send(tenant, name, STORED_WITHIN)
        erasure = self.erase.erasures.create(tenant, name, subject, now)
        return self.erase.erase_part(erasure) if subject.kind == "document" else erasure

    def resume(self, tenant: str, name: str, seconds: Callable[[], float]) -> Erasure | None:
        """Continue an erasure, and send the message that continues it further.

        It is sent also if another worker continues the erasure, since that one may die. None if
        the tenant is deleted. Raises `TryAgain`, also if the erasure is not stored yet.
        """
        erasure = self.erase.erasures.get(tenant, name)
        if erasure is None:
            raise TryAgain(f"erasure {name}: not stored")
        try:
            erasure = self.erase(erasure, seconds)
        except TenantDeleted:
            return None
        except (Overtaken, TooEarly):
            self.queue.send(tenant, name, self.erase.settle)
            return erasure
        if erasure.state is not State.DONE:
            due = erasure.due_at or self.erase.clock()
            self.queue.send(tenant, name, due - self.erase.clock())
        return erasure
