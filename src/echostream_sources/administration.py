"""Changes of the live sources of a tenant, for operators and for the tenant's admins.

Each operation can be repeated after a failure at any line. Credentials are stored before their
source, and deleted after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from echostream.domain.errors import BadRequest, Conflict, Forbidden, NotFound
from echostream.domain.live_sources import (
    Listed,
    LiveSource,
    LiveSources,
    check_texts,
)
from echostream.domain.secrets import Secrets
from echostream_sources.kinds import KINDS
from echostream_sources.opening import Opening
from echostream_sources.settings import BadSetting

MAX_SOURCES = 50
"""Of a tenant: the producer reads the list of all sources each minute."""


@dataclass(frozen=True, slots=True)
class SourceAdministration:
    """The operations. They raise `BadRequest` with its branches, and `TryAgain`."""

    sources: LiveSources
    secrets: Secrets
    opening: Opening

    def list(self, tenant: str) -> list[Listed]:
        """The sources of a tenant, by name."""
        return sorted(self.sources.all(tenant), key=lambda listed: listed.source.name)

    def find(self, tenant: str, name: str) -> Listed:
        """A source of a tenant. Raises `NotFound`."""
        for listed in self.sources.all(tenant):
            if listed.source.name == name:
                return listed
        raise NotFound("unknown_source", f"name: {tenant} has no source {name}")

    def check(
        self, source: LiveSource, credentials: Mapping[str, str], *, is_operator: bool
    ) -> frozenset[str]:
        """Check a source that is to be added; the hosts that have to be allowed for it.

        Only an operator allows hosts, and adds sources that need the sample data: others get
        `Forbidden`.
        """
        source.check()
        check_texts(credentials)
        if source.kind not in KINDS:
            raise BadRequest("invalid_value", f"kind: must be one of {', '.join(KINDS)}")
        kind = KINDS[source.kind]
        if kind.needs_samples and not is_operator:
            raise Forbidden("operator_needed", f"kind: operators add sources of {kind.name}")
        try:
            hosts = kind.named_hosts(source.settings) - self.sources.hosts() - kind.hosts
            self.opening.open_with(source, credentials)
        except BadSetting as error:
            raise BadRequest("invalid_value", str(error)) from error
        if hosts and not is_operator:
            message = f"settings: {min(hosts)} is no allowed host; ask the operator to allow it"
            raise Forbidden("host_not_allowed", message)
        listed = self.list(source.tenant)
        if source.name in (one.source.name for one in listed):
            raise Conflict("exists", f"name: {source.tenant} has a source {source.name} already")
        if len(listed) >= MAX_SOURCES:
            raise Conflict("too_many", f"name: {source.tenant} has {len(listed)} sources, the most")
        return hosts

    def add(
        self,
        source: LiveSource,
        credentials: Mapping[str, str],
        hosts: frozenset[str] = frozenset(),
    ) -> LiveSource:
        """Add a source that was checked, and allow hosts; the source as it is stored."""
        for host in hosts:
            self.sources.allow(host, source.added_at)
        secret = ""
        if credentials:
            secret = self.secrets.create(source.tenant, source.name, credentials)
        stored = replace(source, secret=secret)
        try:
            self.sources.add(stored)
        except Conflict:
            self._delete(secret)
            raise
        return stored

    def remove(self, source: LiveSource) -> None:
        """Remove a source with its credentials. Its documents stay."""
        self.sources.remove(source)
        self._delete(source.secret)

    def remove_all(self, tenant: str) -> int:
        """Remove all sources of a tenant; their number."""
        listed = self.list(tenant)
        for one in listed:
            self.remove(one.source)
        return len(listed)

    def _delete(self, secret: str) -> None:
        if secret:
            self.secrets.delete(secret)
