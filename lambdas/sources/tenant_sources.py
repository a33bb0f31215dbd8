"""What the members of a tenant do with its live sources through the API.

Each operation takes the caller, whose tenant is that of the verified token, and the request. A
change is an event of the audit log before it is made. Only an operator allows a host to be read.
An operation returns the body of the response, which has no credentials. All raise `BadRequest`
with its branches, and `TryAgain`.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.audit import Action
from echostream.domain.errors import Conflict
from echostream.domain.live_sources import Listed, LiveSource
from echostream.domain.members import Directory
from echostream.entrypoints import audit, source_requests
from echostream.entrypoints.access import Caller
from echostream.entrypoints.query_parameters import refuse_unknown
from echostream_sources.administration import SourceAdministration
from echostream_sources.kinds import KINDS

Event = APIGatewayProxyEventV2
NO_PRODUCER = "nothing reads live sources here; ask the operator to deploy with Producer=true"


@dataclass(frozen=True, slots=True)
class TenantSources:
    """The operations. Without a producer nothing can be added."""

    administration: SourceAdministration
    directory: Directory
    has_producer: bool
    now: Callable[[], datetime]

    def list(self, caller: Caller, event: Event) -> dict[str, Any]:
        """The sources by name, and the kinds of which more can be added."""
        refuse_unknown(event.query_string_parameters or {}, ())
        sources = map(source_requests.to_wire, self.administration.list(caller.tenant))
        kinds = [
            {"name": kind.name, "about": kind.about, "settings": list(map(asdict, kind.settings))}
            for kind in KINDS.values()
            if self.has_producer and not kind.needs_samples
        ]
        return {"sources": list(sources), "kinds": kinds}

    def add(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Add a source, which the producer reads within a minute."""
        source, credentials = source_requests.new_source(event, caller.tenant, self.now())
        self.administration.check(source, credentials, is_operator=False)
        if not self.has_producer:
            raise Conflict("no_producer", NO_PRODUCER)
        audit.record(caller, Action.SOURCE_ADD, source.name, kind=source.kind)
        self._remove_if_deleted(self.administration.add(source, credentials))
        return self._found(caller, source.name)

    def _remove_if_deleted(self, source: LiveSource) -> None:
        """The deletion of a tenant removes sources before it ends: not the one added meanwhile."""
        tenant = self.directory.tenant(source.tenant)
        if tenant is None or tenant.is_deleting:
            self.administration.remove(source)
            raise Conflict("removed", f"{source.tenant} is being deleted")

    def pause(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Read a source no more, until it is resumed."""
        listed = self._recorded(caller, event, Action.SOURCE_PAUSE)
        self.administration.sources.pause(listed.source)
        return self._found(caller, listed.source.name)

    def resume(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Read a source within a minute: one that is paused, or that waits after a failure."""
        listed = self._recorded(caller, event, Action.SOURCE_RESUME)
        self.administration.sources.resume(listed, self.now())
        return self._found(caller, listed.source.name)

    def remove(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Remove a source with its credentials. Its documents stay."""
        listed = self._recorded(caller, event, Action.SOURCE_REMOVE)
        self.administration.remove(listed.source)
        return {"name": listed.source.name}

    def _recorded(self, caller: Caller, event: Event, action: Action) -> Listed:
        """The source that a path names, once the audit log has what is done to it."""
        listed = self.administration.find(caller.tenant, source_requests.name_of_source(event))
        audit.record(caller, action, listed.source.name)
        return listed

    def _found(self, caller: Caller, name: str) -> dict[str, Any]:
        return source_requests.to_wire(self.administration.find(caller.tenant, name))
