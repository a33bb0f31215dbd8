"""Sends the reports that are due: each report once to each destination that wants it.

A destination is marked after a report was sent. So a crash repeats a message, which then has the
same id. A report that could not be sent within `report_periods.LATEST` is not sent any more.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from echostream.domain.alerts.delivery import Senders, reason_of
from echostream.domain.alerts.destinations import Destination, Destinations
from echostream.domain.digest.report_messages import WrittenReport, report_message
from echostream.domain.digest.report_periods import Period, ReportKind, due
from echostream.domain.errors import EchoStreamError

WriteReport = Callable[[str, Period], WrittenReport]
"""Writes the report of a tenant. May raise `TryAgain`."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A report that was sent to a destination; if it failed, the reason for the log."""

    destination: Destination
    kind: ReportKind
    error: str = ""


@dataclass(frozen=True, slots=True)
class ReportDelivery:
    """What sends reports of a tenant. `page` is the address of the page; may be empty."""

    destinations: Destinations
    senders: Senders
    write: WriteReport
    page: str = ""

    def __call__(self, tenant: str, now: datetime) -> list[Reported]:
        """Send what is due; what became of each destination for which something was.

        A destination that fails does not stop the others. Raises `TryAgain` if the table fails.
        """
        listed = list(self.destinations.all(tenant))
        found: list[Reported] = []
        for period in due(now):
            waiting = [
                one.destination
                for one in listed
                if period.kind in one.destination.sends
                and one.reported.get(period.kind) != period.end
            ]
            found += self._report(tenant, period, waiting, now)
        return found

    def _report(
        self, tenant: str, period: Period, destinations: Sequence[Destination], now: datetime
    ) -> Iterator[Reported]:
        """Write a report if a destination can get it, and send it."""
        ready = []
        for destination in destinations:
            is_ready = partial(self.senders[destination.kind].is_ready, destination)
            can_send, error = self._attempt(destination, is_ready, now)
            ready += [destination] if can_send else []
            if error:
                yield Reported(destination, period.kind, error)
        if ready:
            written = self.write(tenant, period)
            for destination in ready:
                yield self._send(destination, written, now)

    def _send(self, destination: Destination, written: WrittenReport, now: datetime) -> Reported:
        period, sender = written.report.period, self.senders[destination.kind]

        def send() -> bool:
            sender.send(destination, report_message(destination, written, self.page, now))
            return True

        is_sent, error = self._attempt(destination, send, now)
        if is_sent:
            self.destinations.mark_reported(destination, period.kind, period.end)
            self.destinations.mark_sent(destination, now)
        return Reported(destination, period.kind, error)

    def _attempt(
        self, destination: Destination, call: Callable[[], bool], now: datetime
    ) -> tuple[bool, str]:
        """The result of a call. If it fails, False and the reason, which is stored, too."""
        try:
            return call(), ""
        except EchoStreamError as error:
            self.destinations.mark_failed(destination, now, reason_of(error))
            return False, str(error)


@dataclass(slots=True)
class Run:
    """What a run did. `postponed` tenants are left for the next run, because time was short."""

    reported: list[Reported] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    postponed: int = 0

    @property
    def sent(self) -> int:
        """The number of messages."""
        return sum(not one.error for one in self.reported)


def report_tenants(
    tenants: Iterable[str],
    deliver: Callable[[str, datetime], Iterable[Reported]],
    now: datetime,
    has_time: Callable[[], bool] = lambda: True,
) -> Run:
    """Send the reports of all tenants. A tenant that fails does not stop the others."""
    run = Run()
    for tenant in tenants:
        if not has_time():
            run.postponed += 1
            continue
        try:
            run.reported += deliver(tenant, now)
        except EchoStreamError as error:
            run.failed[tenant] = str(error)
    return run
