"""Alerts, which have one or more unusual hours of the same documents, and where they are stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from echostream.domain.alerts.deviations import HOUR, Deviation, Metric

QUIET = timedelta(hours=6)
"""The time after an unusual hour in which another one belongs to the same alert."""
KEPT = timedelta(days=365)
"""The time after its start for which an alert is stored."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The documents that an alert is about: of a source, with the terms of a theme, or else all."""

    source: str | None = None
    terms: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """A text that no other subject of a tenant has at the same time."""
        if self.terms:
            return f"theme:{self.terms[0]}"
        return "all" if self.source is None else f"source:{self.source}"

    def is_like(self, other: "Subject") -> bool:
        """Whether both are of the same documents; the terms of a theme differ from hour to hour."""
        if self.terms and other.terms:
            return not set(self.terms).isdisjoint(other.terms)
        return self == other


ALL = Subject()


@dataclass(frozen=True, slots=True)
class Alert:
    """Unusual hours in [start, end), which are whole hours.

    `changes` has the largest deviation of each metric. `noticed_at` is the time at which the first
    of the hours was compared.
    """

    subject: Subject
    start: datetime
    end: datetime
    changes: tuple[Deviation, ...]
    noticed_at: datetime

    @property
    def id(self) -> str:
        """A text that no other alert of a tenant has."""
        return f"{self.start:%Y-%m-%dT%H}#{self.subject.id}"

    def takes(
        self,
        subject: Subject,
        hour: datetime,
        found: Sequence[Deviation],
        silent_from: datetime | None = None,
    ) -> bool:
        """Whether what is unusual in an hour belongs to this alert, not to one of its own.

        An hour with more documents does not belong to one with fewer, nor a better mean to a worse.
        The subject has no documents from `silent_from` to the hour: a silence is one, also if few
        documents are expected in some of its hours. An hour before the start had late documents.
        """
        kinds = dict(change.kind for change in self.changes)
        was_silent = silent_from is not None and silent_from <= self.end
        goes_on = was_silent and kinds.get(Metric.VOLUME) is False
        is_near = self.start - QUIET < hour and (hour < self.end + QUIET or goes_on)
        return (
            is_near
            and subject.is_like(self.subject)
            and all(kinds.get(*one.kind) == one.kind[1] for one in found)
        )

    def with_hour(self, hour: datetime, found: Iterable[Deviation]) -> "Alert":
        """The alert with another unusual hour."""
        largest = {change.metric: change for change in self.changes}
        for one in found:
            former = largest.get(one.metric, one)
            largest[one.metric] = max(former, one, key=lambda change: abs(change.deviations))
        changes = tuple(largest[metric] for metric in sorted(largest, reverse=True))
        return replace(self, end=max(self.end, hour + HOUR), changes=changes)


@dataclass(frozen=True, slots=True)
class Sent:
    """An alert, and the names of the destinations to which it was sent."""

    alert: Alert
    destinations: frozenset[str] = frozenset()


class AlertLog(Protocol):
    """The alerts of all tenants. Every method may raise `TryAgain`."""

    def between(self, tenant: str, start: datetime, end: datetime) -> Iterable[Alert]:
        """The alerts that begin in [start, end), newest first."""

    def sent(self, tenant: str, start: datetime, end: datetime) -> Iterable[Sent]:
        """The same alerts with the destinations to which each was sent."""

    def save(self, tenant: str, alert: Alert) -> None:
        """Store an alert, in place of its former version; a repeat changes nothing.

        The first `noticed_at` stays, and what the destinations are to which it was sent.
        """

    def mark_sent(self, tenant: str, alert: Alert, destination: str) -> None:
        """Add a destination to which an alert was sent, unless the alert is not stored any more."""

    def watched_to(self, tenant: str) -> datetime | None:
        """The end of the last hour that was compared; None before the first."""

    def mark_watched(self, tenant: str, moment: datetime) -> None:
        """Move the end of the last hour that was compared; never back."""
