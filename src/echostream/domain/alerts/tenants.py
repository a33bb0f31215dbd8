"""Watches all tenants, and sends their alerts: what the schedule runs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.alerts.alert import Alert
from echostream.domain.alerts.delivery import Delivered
from echostream.domain.alerts.messages import alert_to_wire
from echostream.domain.alerts.tenant_watch import REPEATED
from echostream.domain.counters import OPERATOR
from echostream.domain.errors import EchoStreamError

Watch = Callable[[str, datetime, timedelta], Iterable[Alert]]
"""Raises the alerts of a tenant."""
Deliver = Callable[[str, datetime], Iterable[Delivered]]
"""Sends the alerts of a tenant that are not sent yet."""


@dataclass(slots=True)
class Report:
    """What a run did. `postponed` tenants are left for the next run, because time was short."""

    raised: dict[str, list[Alert]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    delivered: list[Delivered] = field(default_factory=list)
    postponed: int = 0

    def to_wire(self) -> dict[str, Any]:
        """The report as JSON: the raised alerts by tenant, and why tenants failed."""
        raised = {name: list(map(alert_to_wire, alerts)) for name, alerts in self.raised.items()}
        return {
            "raised": {name: alerts for name, alerts in raised.items() if alerts},
            "failed": self.failed,
            "sent": sum(one.alerts > 0 for one in self.delivered),
            "not_sent": sum(one.error != "" for one in self.delivered),
            "postponed": self.postponed,
        }


@dataclass(frozen=True, slots=True)
class AlertTenants:
    """Watches each of `tenants` (of these functions), and sends what is new."""

    tenants: Callable[[], Iterable[str]]
    mark_received: Callable[[str, datetime], None]
    watch: Watch
    deliver: Deliver

    def __call__(
        self,
        now: datetime,
        repeated: timedelta = REPEATED,
        has_time: Callable[[], bool] = lambda: True,
    ) -> Report:
        """Run once. A tenant that fails does not stop the others. Raises `TryAgain`.

        The time of the run is marked as received, so that the next run sees how far documents are
        counted.
        """
        report = Report()
        self.mark_received(OPERATOR, now)
        for tenant in self.tenants():
            if not has_time():
                report.postponed += 1
                continue
            try:
                report.raised[tenant] = list(self.watch(tenant, now, repeated))
                report.delivered += self.deliver(tenant, now)
            except EchoStreamError as error:
                report.failed[tenant] = str(error)
        return report
