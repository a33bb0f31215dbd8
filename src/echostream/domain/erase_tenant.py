"""The places of the erasure of a tenant, but for the table and results: all of it is deleted.

Nothing is written again, so that objects need not be readable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from echostream.domain.erase_places import RESULTS_AT_ONCE, ZONES, delete_by_id
from echostream.domain.erase_ports import Deletions, RewritableLake, TenantItems
from echostream.domain.erasure import Chunk, Erasure, Erasures, State
from echostream.domain.errors import Overtaken, TooEarly, TryAgain
from echostream.domain.lake import COMPACTED, MIXED, QUARANTINE, LakeCatalog, Zone, tenant_prefix
from echostream.domain.quarantine import PREFIX
from echostream.domain.validation import sent_id

OBJECTS = 100
"""Objects of the lake in a part, read side by side: each may have a thousand documents."""
AT_ONCE = RESULTS_AT_ONCE


@dataclass(frozen=True, slots=True)
class EraseTenantLake:
    """A zone of the lake. `deletions` is for documents that the table does not list."""

    zone: Zone
    lake: RewritableLake
    deletions: Deletions

    def find(self, erasure: Erasure) -> Chunk:
        prefix = tenant_prefix(self.zone, erasure.tenant)
        keys = [key for key, _ in self.lake.list_objects(prefix, erasure.position, OBJECTS)]
        found = {key: len(one.rows or ()) for key, one in self.lake.read_many(keys)}
        return Chunk(found, keys[-1] if len(keys) == OBJECTS else None)

    def erase(self, erasure: Erasure, chunk: Chunk) -> None:
        keys = list(chunk.found)
        if self.zone == "enriched":
            rows = [row for _, one in self.lake.read_many(keys) for row in one.rows or ()]
            ids = [name for row in rows if (name := sent_id(row))]
            delete_by_id(self.deletions, erasure, ids)
        self.lake.delete_many(keys)


@dataclass(frozen=True, slots=True)
class EraseTenantQuarantine:
    """Documents in quarantine, and objects that cannot be unpacked."""

    lake: RewritableLake

    def find(self, erasure: Erasure) -> Chunk:
        zones = [QUARANTINE + tenant_prefix(zone, erasure.tenant) for zone in ZONES]
        for prefix in sorted([f"{PREFIX}tenant_id={erasure.tenant}/", *zones]):
            listed = self.lake.list_objects(prefix, erasure.position, AT_ONCE)
            if listed:
                found = {key: int(key.startswith(PREFIX)) for key, _ in listed}
                return Chunk(found, listed[-1][0])
        return Chunk({}, None)

    def erase(self, _: Erasure, chunk: Chunk) -> None:
        self.lake.delete_many(list(chunk.found))


@dataclass(frozen=True, slots=True)
class EraseTenantCompacted:
    """The days in Glue's catalog, then the Parquet files.

    A query of an operator that reads them now fails. Days of before they were divided by tenant
    are waited for: a compaction deletes them.
    """

    catalog: LakeCatalog
    lake: RewritableLake

    def find(self, erasure: Erasure) -> Chunk:
        days: list[str] = []
        if not erasure.position:
            registered = self.catalog.compacted_days()
            days = sorted(day for day, of_day in registered.items() if erasure.tenant in of_day)
        listed = self.lake.list_objects(COMPACTED, erasure.position, AT_ONCE)
        files = [key for key, _ in listed if f"/tenant_id={erasure.tenant}/" in key]
        position = listed[-1][0] if len(listed) == AT_ONCE else None
        return Chunk(dict.fromkeys([*days, *files], 0), position)

    def erase(self, erasure: Erasure, chunk: Chunk) -> None:
        for day in (name for name in chunk.found if "/" not in name):
            self.catalog.remove(day, erasure.tenant)
        self.lake.delete_many([name for name in chunk.found if "/" in name])
        if erasure.round > 1 and self.lake.list_objects(MIXED, "", 1):
            raise TooEarly("compacted days are not divided by tenant yet")


@dataclass(frozen=True, slots=True)
class EraseDerived:
    """Counts, the index of the documents, use of quotas; the subjects of unfinished erasures."""

    items: TenantItems
    erasures: Erasures
    clock: Callable[[], datetime]

    def find(self, erasure: Erasure) -> Chunk:
        found, position = self.items.find(erasure.tenant, self.clock(), erasure.position)
        return Chunk(dict.fromkeys(found, 0), position)

    def erase(self, erasure: Erasure, chunk: Chunk) -> None:
        self.items.delete(list(chunk.found))
        if chunk.position is None:
            self._end_others(erasure)

    def _end_others(self, erasure: Erasure) -> None:
        """End the other erasures of the tenant: nothing is left for them to erase."""
        for other in self.erasures.since(erasure.tenant):
            if other.state is not State.DONE and other.id != erasure.id:
                try:
                    self.erasures.save(other.end(self.clock()))
                except Overtaken as error:
                    raise TryAgain(f"erasure {other.id}: is continued by a worker") from error
