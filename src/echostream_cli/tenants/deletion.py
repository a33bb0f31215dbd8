"""The deletion of a tenant: members, live sources, destinations, then the rest, by an erasure.

Each step can be repeated: the tenant is marked first, users are deleted before the directory
forgets them, and the id of the erasure follows from the tenant.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from echostream.domain.audit import Action
from echostream.domain.erase import STORED_WITHIN
from echostream.domain.erasure import Erasure, Erasures, Subject, deletion_id
from echostream.domain.errors import Overtaken
from echostream.domain.members import Member, Tenant
from echostream.entrypoints import wiring
from echostream.entrypoints.erasure_requests import to_wire
from echostream_cli import command, console, destinations, erasure_jobs, live_sources, users
from echostream_cli.operator_log import operator
from echostream_cli.target import Target


@dataclass(frozen=True, slots=True)
class Deletion:
    """What was deleted so far: people, machine users, and the erasure of the data."""

    people: int
    machines: int
    erasure: Erasure

    @classmethod
    def of(cls, removed: Sequence[Member], erasure: Erasure) -> "Deletion":
        """A machine user may have two clients."""
        people = sum(member.identity.kind == "person" for member in removed)
        labels = {member.label for member in removed if member.identity.kind == "machine"}
        return cls(people, len(labels), erasure)

    def to_json(self) -> dict[str, Any]:
        """The deletion for scripts."""
        removed = {"members_removed": self.people, "machines_removed": self.machines}
        return {"tenant": self.erasure.tenant, **removed, "erasure": to_wire(self.erasure)}

    def lines(self) -> list[str]:
        """The report for people."""
        first, *places = erasure_jobs.report(self.erasure)
        removed = f"  members     {self.people:,} removed, {self.machines:,} machine users"
        name = self.erasure.tenant
        free = f"{name} can be created again when the erasure is done: make erasures TENANT={name}"
        return [first, removed, *places, *([] if self.erasure.finished_at else [f"  {free}"])]


def delete(target: Target, tenant: Tenant) -> Deletion:
    """Delete a tenant, up to the end of the first round of the erasure."""
    operator(target).record(tenant.name, Action.TENANT_DELETE, tenant.name)
    users.directory(target).begin_deletion(tenant)
    with console.step("removing members"):
        removed = users.delete_all(target, tenant.name)
    with console.step("removing live sources"):
        live_sources.administration(target).remove_all(tenant.name)
    with console.step("removing destinations"):
        destinations.administration(target).remove_all(tenant.name)
    command.use_settings_of_processor(target)
    erasures, name = wiring.erasures(), deletion_id(tenant.created_at)
    erasure_jobs.queue(target).send(tenant.name, name, STORED_WITHIN)
    with suppress(Overtaken):  # requested by an earlier run of the command, or by another one
        erasures.create(tenant.name, name, Subject("tenant", tenant.name), datetime.now(UTC))
    with console.waiting("erasing") as show:
        erasure = erasure_jobs.wait(erasures, tenant.name, name, time.sleep, show)
    return Deletion.of(removed, erasure)


def find_former(target: Target, name: str) -> Deletion | None:
    """The last deletion of a tenant of this name that is not there any more."""
    command.use_settings_of_processor(target)
    erasures: Erasures = wiring.erasures()
    newest = erasures.newest(name, 1)
    return Deletion(0, 0, newest[0]) if newest and newest[0].kind == "tenant" else None
