"""Watches a tenant: reads its counters, raises alerts, and stores them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from echostream.domain.alerts.alert import Alert, AlertLog
from echostream.domain.alerts.deviations import HOUR, PAST
from echostream.domain.alerts.watch import Found, alerts
from echostream.domain.counters import OPERATOR, Counters, counted_in_all_shards
from echostream.domain.model import hour_of

REPEATED = timedelta(hours=48)
"""The time in which hours are compared again, because documents may arrive late."""
THEME_HOURS = 6
"""Hours at most whose themes are compared in a run, which reads documents."""

CompareThemes = Callable[[str, datetime, datetime], Found]
"""What is unusual in the themes of a tenant's hour, after that of its first document."""


@dataclass(frozen=True, slots=True)
class TenantWatch:
    """Raises the alerts of a tenant. `window` is that of the table's changes."""

    counters: Counters
    log: AlertLog
    compare_themes: CompareThemes
    window: timedelta

    def __call__(self, tenant: str, now: datetime, repeated: timedelta = REPEATED) -> list[Alert]:
        """The alerts that are new, or last longer than before. Raises `TryAgain`.

        The hours in `repeated` before now are compared, as far as their documents are counted.
        """
        end = self._counted(tenant, now)
        if end is None:
            return []
        start = end - repeated
        counts = list(self.counters.hours(tenant, start - PAST, end))
        known = self.log.between(tenant, start - PAST, end)
        first = min((count.hour for count in counts), default=end)
        hours = [start + HOUR * n for n in range(round(repeated / HOUR))]
        raised = alerts(counts, known, hours, now, self._themes(tenant, first, end))
        for alert in raised:
            self.log.save(tenant, alert)
        self.log.mark_watched(tenant, end)
        return raised

    def _counted(self, tenant: str, now: datetime) -> datetime | None:
        """The end of the last hour all of whose documents are counted.

        A tenant that sends nothing has nothing to count: then the times of all tenants hold.
        """
        times = [self.counters.counted_to(name) for name in (tenant, OPERATOR)]
        known = [time for time in times if time]
        counted = counted_in_all_shards(max(known, default=None), self.window, now)
        return hour_of(min(counted, now)) if counted else None

    def _themes(self, tenant: str, first: datetime, end: datetime) -> Callable[[datetime], Found]:
        """Compares the themes of hours that no run before has compared."""
        done = self.log.watched_to(tenant) or end - HOUR
        since = max(done, end - HOUR * THEME_HOURS)

        def themes(hour: datetime) -> Found:
            return self.compare_themes(tenant, first, hour) if hour >= since else {}

        return themes
