"""In-memory implementations of the domain's ports.

The contract suites run against these and against the adapters.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from echostream.domain.archive import NewDocument
from echostream.domain.audit import AuditEvent, AuditPage, AuditQuestion
from echostream.domain.codec import scored_to_wire
from echostream.domain.counters import Change
from echostream.domain.document_store import (
    Outcome,
    PartitionPage,
    PartitionQuery,
    Put,
    TimePartition,
    compare,
    is_lake_only,
    time_partition_of,
    with_score,
)
from echostream.domain.erasure import Erasure, Subject
from echostream.domain.errors import Conflict, NotFound, Overtaken
from echostream.domain.json_lines import pack
from echostream.domain.lake import Batch, Rows, Zone
from echostream.domain.members import (
    PRODUCER,
    Access,
    Identity,
    Member,
    Role,
    Tenant,
    TenantState,
    check_tenant_name,
    producer_of,
)
from echostream.domain.model import Count, Enrichment, ScoredDocument, count, hour_of, sort_time
from echostream.domain.privacy import PLAIN, Privacy, PrivacyOptions, new_key
from echostream.domain.quarantine import Quarantined
from echostream.domain.quotas import Quotas
from tests.builders import RETENTION


class MemoryStore:
    """Documents in a dictionary, for `RETENTION`. Nothing expires.

    `changes` and `new_documents` are its stream, for `Counters` and `Archive`.
    """

    def __init__(self, shards: int = 4) -> None:
        self.shards = shards
        self._documents: dict[tuple[str, str], ScoredDocument] = {}
        self._unlisted: set[tuple[str, str]] = set()
        self.changes: list[Change] = []
        self.new_documents: list[NewDocument] = []

    def put(
        self,
        tenant: str,
        documents: Sequence[ScoredDocument],
        now: datetime,
        retention: timedelta | None = None,
    ) -> list[Put]:
        kept = retention or RETENTION
        puts = [self._put(tenant, scored, kept) for scored in documents]
        for put in puts:
            if put.outcome is Outcome.STORED:
                counted = [] if is_lake_only(put.stored, kept) else [put.stored]
                self._change(tenant, now, counts=tuple(count(counted)))
                hour = hour_of(put.stored.enrichment.enriched_at)
                self.new_documents.append(NewDocument(tenant, hour, scored_to_wire(put.stored)))
        return puts

    def mark_received(self, tenant: str, at: datetime) -> None:
        self._change(tenant, at, received=at)

    def _change(self, tenant: str, at: datetime, **content: Any) -> None:
        sequence = f"{len(self.changes):040}"
        self.changes.append(Change(sequence, at, tenant, **content))

    def _put(self, tenant: str, scored: ScoredDocument, retention: timedelta) -> Put:
        key = tenant, scored.document.id
        if key in self._documents:
            return compare(self._documents[key], scored)
        self._documents[key] = scored
        if is_lake_only(scored, retention):
            self._unlisted.add(key)
        return Put(Outcome.STORED, scored)

    def get_many(self, tenant: str, ids: Sequence[str]) -> dict[str, ScoredDocument]:
        stored = {name: self._documents.get((tenant, name)) for name in ids}
        return {name: scored for name, scored in stored.items() if scored is not None}

    def add_score(self, tenant: str, scored: ScoredDocument, score: Enrichment) -> bool:
        key = tenant, scored.document.id
        if self._documents.get(key) != scored:
            return False
        self._documents[key] = with_score(scored, score)
        return True

    def time_partitions(
        self, tenant: str, start: datetime, below: str
    ) -> Iterator[list[TimePartition]]:
        by_hour: dict[datetime, list[TimePartition]] = {}
        for partition in self._by_time(tenant):
            by_hour.setdefault(partition.hour, []).append(partition)
        for hour in sorted(by_hour, reverse=True):
            if hour_of(start) <= hour and sort_time(hour) < below:
                yield by_hour[hour]

    def newest(self, tenant: str, queries: Sequence[PartitionQuery]) -> list[PartitionPage]:
        by_time = self._by_time(tenant)
        pages = []
        for query in queries:
            older = [s for s in by_time.get(query.partition, []) if s.position < query.before]
            older.sort(key=lambda scored: scored.position, reverse=True)
            pages.append(PartitionPage(older[: query.limit], len(older) < query.limit))
        return pages

    def _by_time(self, tenant: str) -> dict[TimePartition, list[ScoredDocument]]:
        partitions: dict[TimePartition, list[ScoredDocument]] = {}
        for scored in self._of(tenant):
            partitions.setdefault(time_partition_of(scored, self.shards), []).append(scored)
        return partitions

    def _of(self, tenant: str) -> list[ScoredDocument]:
        return [
            scored
            for key, scored in self._documents.items()
            if key[0] == tenant and key not in self._unlisted
        ]

    def check(self) -> None:
        """Memory is always available."""


class MemoryCounters:
    """Counts by tenant, and the last change of each shard, in dictionaries. All sources by name."""

    def __init__(self, *stores: MemoryStore) -> None:
        """Counters that have counted all changes of these stores."""
        self._counts: dict[str, list[Count]] = {}
        self._positions: dict[str, Change] = {}
        self._behind: set[str] = set()
        self._received: dict[str, datetime] = {}
        for number, store in enumerate(stores):
            self.add(str(number), store.changes, is_behind=False)

    def hours(self, tenant: str, start: datetime, end: datetime) -> list[Count]:
        return [c for c in self._counts.get(tenant, []) if start <= c.hour < end]

    def days(self, tenant: str, start: date, end: date) -> list[Count]:
        return [
            replace(c, hour=c.hour.replace(hour=0))
            for c in self._counts.get(tenant, [])
            if start <= c.hour.date() < end
        ]

    def counted_to(self, tenant: str) -> datetime | None:
        behind = [self._positions[shard].at for shard in self._behind]
        received = self._received.get(tenant)
        return min([received, *behind]) if received else None

    def add(self, shard: str, changes: Sequence[Change], is_behind: bool) -> None:
        last = self._positions[shard].sequence if shard in self._positions else ""
        for change in changes:
            if change.sequence > last:
                self._counts.setdefault(change.tenant, []).extend(change.counts)
                self._positions[shard] = change
                self._behind.discard(shard)
            if change.received:
                earlier = self._received.get(change.tenant, change.received)
                self._received[change.tenant] = max(earlier, change.received)
        if changes and is_behind and changes[-1].sequence > last:
            self._behind.add(shard)


class MemoryLake:
    """Objects by key."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def write(self, zone: Zone, batch: Batch, rows: Rows) -> None:
        self.objects[batch.key(zone)] = pack(rows)

    def write_many(self, zone: Zone, batches: Sequence[tuple[Batch, Rows]]) -> None:
        for batch, rows in batches:
            self.write(zone, batch, rows)


class MemoryStream:
    """Records in a list."""

    def __init__(self) -> None:
        self.records: list[bytes] = []

    def write(self, tenant: str, records: Sequence[bytes], seconds: float) -> list[str]:
        del tenant, seconds  # there is one shard, and no failure
        self.records += records
        return [""] * len(records)


class MemoryQuarantine:
    """Items by key."""

    def __init__(self) -> None:
        self.items: dict[str, Quarantined] = {}

    def add(self, item: Quarantined) -> bool:
        return self.items.setdefault(item.key, item) is item


class MemoryLedger:
    """Units by account and month. Not safe for threads."""

    def __init__(self) -> None:
        self._units: dict[tuple[str, str], int] = {}

    def reserve(self, account: str, month: str, units: int, cap: int) -> int | None:
        if self.spent(account, month) + units > cap:
            return None
        self._units[account, month] = self.spent(account, month) + units
        return self._units[account, month]

    def release(self, account: str, month: str, units: int) -> None:
        self._units[account, month] = self.spent(account, month) - units

    def spent(self, account: str, month: str) -> int:
        return self._units.get((account, month), 0)


class MemoryAudit:
    """Events in a list, in the order in which they were recorded."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []

    def record(self, event: AuditEvent) -> None:
        if event not in self.events:
            self.events.append(event)

    def read(
        self, tenant: str, question: AuditQuestion, limit: int, before: str | None = None
    ) -> AuditPage:
        found = [
            event
            for event in sorted(self.events, key=lambda event: event.id, reverse=True)
            if event.tenant == tenant
            and question.start <= event.at < question.end
            and question.action in (None, event.action)
            and (before is None or event.id < before)
        ]
        position = found[limit - 1].id if len(found) > limit else None
        return AuditPage(found[:limit], position)


class MemoryDirectory:
    """Tenants and members in dictionaries. `reads` counts the reads of access."""

    def __init__(self) -> None:
        self._members: dict[Identity, Member] = {}
        self._tenants: dict[str, Tenant] = {}
        self._keys: dict[str, bytes] = {}
        self.reads = 0

    def access(self, identity: Identity, tenant: str) -> Access | None:
        self.reads += 1
        member, found = self._members.get(identity), self._tenants.get(tenant)
        member = producer_of(tenant) if identity == PRODUCER else member
        if not member or not found or member.tenant != tenant:
            return None
        options = (found.quotas, self.privacy(tenant), found.created_at)
        return Access(tenant, member.roles, found.state, *options)

    def member(self, identity: Identity) -> Member | None:
        return self._members.get(identity)

    def members(self, tenant: str) -> list[Member]:
        found = [member for member in self._members.values() if member.tenant == tenant]
        return sorted(found, key=lambda member: (member.label, str(member.identity)))

    def add(self, member: Member) -> None:
        check_tenant_name(member.tenant)
        existing = self._members.get(member.identity)
        if existing and (existing.tenant, existing.roles) == (member.tenant, member.roles):
            return
        if existing:
            raise Conflict("exists", f"{member.label}: exists")
        tenant = self._usable(member.tenant)
        self._members[member.identity] = member
        self._count_admins(tenant)

    def set_roles(self, member: Member, roles: frozenset[Role]) -> None:
        self._check_change(member, roles)
        self._members[member.identity] = replace(member, roles=roles)
        self._count_admins(self._tenants[member.tenant])

    def remove(self, member: Member) -> None:
        self._check_change(member, frozenset())
        del self._members[member.identity]
        self._count_admins(self._tenants[member.tenant])

    def _check_change(self, member: Member, roles: frozenset[Role]) -> None:
        if self._members.get(member.identity) != member:
            raise Conflict("changed", f"{member.label}: was changed")
        tenant = self._tenants[member.tenant]
        is_kept = tenant.state is not TenantState.DELETING
        if is_kept and tenant.admins == 1 and Role.ADMIN in member.roles - roles:
            raise Conflict("last_admin", f"{member.label}: is the last admin")

    def _count_admins(self, tenant: Tenant) -> None:
        number = sum(Role.ADMIN in member.roles for member in self.members(tenant.name))
        self._tenants[tenant.name] = replace(tenant, admins=number)

    def create_tenant(self, name: str, at: datetime) -> None:
        check_tenant_name(name)
        if name in self._tenants:
            raise Conflict("exists", f"tenant: {name} exists already")
        self._tenants[name] = Tenant(name, TenantState.ACTIVE, 0, at)

    def tenant(self, name: str) -> Tenant | None:
        return self._tenants.get(name)

    def tenants(self) -> list[Tenant]:
        return [self._tenants[name] for name in sorted(self._tenants)]

    def set_state(self, name: str, state: TenantState) -> None:
        self._tenants[name] = replace(self._usable(name), state=state)

    def begin_deletion(self, tenant: Tenant) -> None:
        found = self._tenants.get(tenant.name)
        if not found or found.created_at != tenant.created_at:
            raise Conflict("changed", f"tenant: {tenant.name} was deleted meanwhile")
        self._tenants[tenant.name] = replace(found, state=TenantState.DELETING)

    def delete_tenant(self, tenant: Tenant) -> None:
        found = self._tenants.get(tenant.name)
        is_same = found is not None and found.created_at == tenant.created_at
        if found and is_same and found.state is TenantState.DELETING:
            del self._tenants[tenant.name]

    def set_quotas(self, name: str, quotas: Quotas) -> None:
        self._tenants[name] = replace(self._usable(name), quotas=quotas)

    def set_privacy(self, name: str, options: PrivacyOptions) -> None:
        self._tenants[name] = replace(self._usable(name), privacy=options)
        if options.needs_key:
            self._keys.setdefault(name, bytes.fromhex(new_key()))

    def privacy(self, name: str) -> Privacy:
        tenant = self._tenants.get(name)
        return Privacy(tenant.privacy, self._keys.get(name, b"")) if tenant else PLAIN

    def _usable(self, name: str) -> Tenant:
        if name not in self._tenants:
            raise NotFound("unknown_tenant", f"tenant: {name} does not exist")
        if self._tenants[name].state is TenantState.DELETING:
            raise Conflict("deleting", f"tenant: {name} is being deleted")
        return self._tenants[name]


class MemoryErasures:
    """Erasures in a list. `clock` is the time at which one is stored."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._erasures: dict[tuple[str, str], Erasure] = {}

    def create(self, tenant: str, name: str, subject: Subject, now: datetime) -> Erasure:
        if (tenant, name) in self._erasures:
            raise Overtaken("exists")
        key = b"key"
        at = max(now, self._clock())
        erasure = Erasure(
            tenant, name, subject.kind, subject, key, subject.digest(key), now, at, version=1
        )
        erasure = replace(erasure, more_digests=subject.more_digests(key))
        self._erasures[tenant, name] = erasure
        return erasure

    def get(self, tenant: str, erasure_id: str) -> Erasure | None:
        return self._erasures.get((tenant, erasure_id))

    def since(self, tenant: str, moment: datetime | None = None) -> list[Erasure]:
        of_tenant = [one for (owner, _), one in sorted(self._erasures.items()) if owner == tenant]
        return [
            one
            for one in of_tenant
            if moment is None or one.kind == "tenant" or one.covers_to >= moment
        ]

    def newest(self, tenant: str, limit: int) -> list[Erasure]:
        newest = sorted(self.since(tenant), key=lambda one: one.requested_at, reverse=True)
        return newest[:limit]

    def save(self, erasure: Erasure) -> Erasure:
        key = erasure.tenant, erasure.id
        if self._erasures[key].version != erasure.version:
            raise Overtaken("another worker")
        self._erasures[key] = replace(erasure, version=erasure.version + 1)
        return self._erasures[key]
