"""Tenants that keep objects of the lake for fewer days than the deployment.

What is too old is deleted before each compaction, which then removes the tenant from the compacted
days and, a day later, deletes their files. An option that is new may expire years at once: what
does not fit into the time of a run is left for the next one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from echostream.domain.compaction import HasTime, always
from echostream.domain.erase_places import ZONES
from echostream.domain.erase_ports import RewritableLake
from echostream.domain.errors import EchoStreamError, TryAgain
from echostream.domain.lake import QUARANTINE, LakeCatalog, day_of, tenant_prefix
from echostream.domain.members import Tenant
from echostream.domain.quarantine import PREFIX

AT_ONCE = 1000
"""Objects that are listed and deleted in a call (S3's limit)."""


class _TimeIsOver(Exception):
    """The rest of the run's time is for the compaction."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The compacted days that still have deleted documents, and why tenants failed, by name.

    `is_complete` is False if the time was over before all was deleted.
    """

    days: Sequence[str]
    failed: Mapping[str, str]
    is_complete: bool = True

    def check(self) -> None:
        """Raises `TryAgain` if a tenant failed; call it last, so that the run is repeated."""
        if self.failed:
            reasons = ", ".join(f"{tenant}: {reason}" for tenant, reason in self.failed.items())
            raise TryAgain(f"retention in the lake: {reasons}")


@dataclass(frozen=True, slots=True)
class LakeRetention:
    """Deletes what tenants do not keep. A repeat deletes nothing more.

    A tenant that fails does not stop the others, nor the compaction that follows.
    """

    tenants: Callable[[], Iterable[Tenant]]
    lake: RewritableLake
    catalog: LakeCatalog

    def __call__(self, now: datetime, has_time: HasTime = always) -> Expired:
        """Delete objects while there is time, of each tenant the oldest days first.

        Raises `TryAgain` if the tenants or the compacted days cannot be read.
        """
        oldest = {
            tenant.name: now - timedelta(days=tenant.privacy.lake_days)
            for tenant in self.tenants()
            if tenant.privacy.lake_days is not None
        }
        failed, is_complete = {}, True
        for tenant, moment in oldest.items():
            try:
                self._delete(tenant, moment, has_time)
            except EchoStreamError as error:
                failed[tenant] = str(error)
            except _TimeIsOver:
                is_complete = False
                break
        compacted = self.catalog.compacted_days() if oldest else {}
        days = [
            day
            for day, of_day in compacted.items()
            if any(day < _first_day(oldest[name]) for name in of_day.keys() & oldest.keys())
        ]
        return Expired(days, failed, is_complete)

    def _delete(self, tenant: str, oldest: datetime, has_time: HasTime) -> None:
        first = _first_day(oldest)
        for zone in ZONES:
            prefix = tenant_prefix(zone, tenant)
            self._delete_days(prefix, first, has_time)
            self._delete_days(QUARANTINE + prefix, first, has_time)
        for objects in self._pages(f"{PREFIX}tenant_id={tenant}/", has_time):
            self.lake.delete_many([key for key, written_at in objects if written_at < oldest])

    def _delete_days(self, prefix: str, first: str, has_time: HasTime) -> None:
        """Delete the days before one. Keys are in the order of their days."""
        for objects in self._pages(prefix, has_time):
            days = {key: day_of(key) for key, _ in objects}
            self.lake.delete_many([key for key, day in days.items() if "" < day < first])
            if any(day >= first for day in days.values()):
                return

    def _pages(self, prefix: str, has_time: HasTime) -> Iterator[list[tuple[str, datetime]]]:
        after = ""
        while objects := self._page(prefix, after, has_time):
            yield objects
            after = objects[-1][0]

    def _page(self, prefix: str, after: str, has_time: HasTime) -> list[tuple[str, datetime]]:
        if not has_time():
            raise _TimeIsOver
        return self.lake.list_objects(prefix, after, AT_ONCE)


def _first_day(oldest: datetime) -> str:
    """The first day that is kept."""
    return f"{oldest.astimezone(UTC):%Y-%m-%d}"
