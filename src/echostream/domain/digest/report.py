"""Reports: what a tenant's documents of a period say, and how many there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from echostream.domain.counters import Counters
from echostream.domain.digest.report_periods import Period
from echostream.domain.model import Count
from echostream.domain.query import Question, stats

WriteDigest = Callable[[Period], Mapping[str, Any]]
"""The body of `GET /digest` for a period. May raise `TryAgain`."""


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """A report. `counts` are those by hour or day with documents, of all sources.

    Documents before `since` are not kept any more. `before` is the count of the period before;
    None if its documents are not all kept. `digest` is the body of `GET /digest`.
    """

    tenant: str
    period: Period
    since: datetime
    counts: Sequence[Count]
    before: Count | None
    digest: Mapping[str, Any]

    @property
    def total(self) -> Count:
        """The count of the period."""
        return _sum(self.period.start, self.counts)

    @property
    def by_time(self) -> list[Count]:
        """A count of each hour or day, also of those without documents."""
        counts = {count.hour: count for count in self.counts}
        return [counts.get(start, Count(start, "")) for start in self.period.starts]


def report_of(
    counters: Counters,
    tenant: str,
    period: Period,
    digest: WriteDigest,
    oldest: datetime,
) -> PeriodReport:
    """The report of a period. Documents before `oldest` are not kept. May raise `TryAgain`."""
    since = min(max(period.start, oldest), period.end)
    counts = stats(counters, tenant, Question(since, period.end), period.bucket).by_time
    before = _count_of(counters, tenant, period.before) if oldest <= period.before.start else None
    return PeriodReport(tenant, period, since, counts, before, digest(period))


def _count_of(counters: Counters, tenant: str, period: Period) -> Count:
    question = Question(period.start, period.end)
    return _sum(period.start, stats(counters, tenant, question, period.bucket).by_time)


def _sum(start: datetime, counts: Sequence[Count]) -> Count:
    return sum(counts, Count(start, ""))
