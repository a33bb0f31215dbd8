"""Tenants that keep objects of the lake for fewer days than the deployment.

What is too old is deleted before each compaction, which then removes the tenant from the compacted
days and, a day later, deletes their files.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from echostream.domain.erase_places import ZONES
from echostream.domain.erase_ports import RewritableLake
from echostream.domain.lake import QUARANTINE, LakeCatalog, day_of, tenant_prefix
from echostream.domain.members import Tenant
from echostream.domain.quarantine import PREFIX

AT_ONCE = 1000
"""Objects that are listed and deleted in a call (S3's limit)."""


@dataclass(frozen=True, slots=True)
class LakeRetention:
    """Deletes what tenants do not keep. A repeat deletes nothing more. May raise `TryAgain`."""

    tenants: Callable[[], Iterable[Tenant]]
    lake: RewritableLake
    catalog: LakeCatalog

    def __call__(self, now: datetime) -> list[str]:
        """Delete objects; the compacted days that still have documents which were deleted."""
        oldest = {
            tenant.name: now - timedelta(days=tenant.privacy.lake_days)
            for tenant in self.tenants()
            if tenant.privacy.lake_days is not None
        }
        for tenant, moment in oldest.items():
            self._delete(tenant, moment)
        compacted = self.catalog.compacted_days() if oldest else {}
        return [
            day
            for day, of_day in compacted.items()
            if any(day < _first_day(oldest[name]) for name in of_day.keys() & oldest.keys())
        ]

    def _delete(self, tenant: str, oldest: datetime) -> None:
        first = _first_day(oldest)
        for zone in ZONES:
            prefix = tenant_prefix(zone, tenant)
            for folder in (prefix, QUARANTINE + prefix):
                objects = self._objects(folder)
                self._delete_keys([key for key, _ in objects if "" < day_of(key) < first])
        items = self._objects(f"{PREFIX}tenant_id={tenant}/")
        self._delete_keys([key for key, written_at in items if written_at < oldest])

    def _objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        after = ""
        while objects := self.lake.list_objects(prefix, after, AT_ONCE):
            yield from objects
            after = objects[-1][0]

    def _delete_keys(self, keys: list[str]) -> None:
        for start in range(0, len(keys), AT_ONCE):
            self.lake.delete_many(keys[start : start + AT_ONCE])


def _first_day(oldest: datetime) -> str:
    """The first day that is kept."""
    return f"{oldest.astimezone(UTC):%Y-%m-%d}"
