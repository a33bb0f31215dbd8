"""Themes of an hour that are unlike those of the baseline: more documents, or another mean.

Nothing counts the documents of a theme, so they are read: those of the hour, and of the hours of
its baseline.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from echostream.domain.alerts.alert import Subject
from echostream.domain.alerts.deviations import (
    HOUR,
    MIN_DOCUMENTS,
    MIN_SHIFT,
    SPREAD,
    Deviation,
    Metric,
    baseline_hours,
)
from echostream.domain.model import Count
from echostream.domain.query import Question
from echostream.domain.themes.corpus import Mention, mention
from echostream.domain.themes.report import Theme, report
from echostream.domain.themes.sampling import TakeSample

SAMPLE = 2_000
"""Documents that are read of an hour and of its baseline, about, if there are more."""
MAX_THEMES = 12
MIN_AUTHORS = 5
"""Of the documents of a theme."""
THRESHOLD = 5.0
"""Deviations from the baseline from which on a theme is unusual."""
MIN_SPREAD = 0.25
"""Of the documents of a theme, as a share of what is expected: twice as many are never unusual."""
BURST = 2.0
"""The variance of a theme's documents over that of a Poisson count: people answer one another."""


@dataclass(frozen=True, slots=True)
class ThemeWatch:
    """Compares the themes of an hour of a tenant, whose documents `take` reads."""

    take: TakeSample

    def __call__(self, first: datetime, hour: datetime) -> dict[Subject, list[Deviation]]:
        """What is unusual, by theme. `first` is the hour of the first document.

        Raises `TryAgain`.
        """
        periods = list(_periods(baseline_hours(first, hour)))
        now = self.take(Question(hour, hour + HOUR), SAMPLE)
        if not periods or now.documents < MIN_DOCUMENTS:
            return {}
        size = max(1, SAMPLE // len(periods))
        usual = [one for period in periods for one in self.take(period, size).scored]
        mentions, before = (list(map(mention, scored)) for scored in (now.scored, usual))
        factor = now.documents / max(1, len(now.scored))
        return theme_deviations(mentions, before, hour, factor)


def theme_deviations(
    now: Sequence[Mention], usual: Sequence[Mention], hour: datetime, factor: float = 1.0
) -> dict[Subject, list[Deviation]]:
    """What is unusual in the themes of `now`, each of whose documents stands for `factor` ones."""
    content = report(now, usual, usual, MAX_THEMES)
    found = {}
    for theme in content.themes:
        if theme.authors >= MIN_AUTHORS and theme.count.total >= MIN_DOCUMENTS:
            changes = _volume(theme, content.count, hour, factor), _sentiment(theme, hour)
            unusual = [one for one in changes if one is not None]
            if unusual:
                found[Subject(terms=tuple(theme.terms[:3]))] = unusual
    return found


def _volume(theme: Theme, count: Count, hour: datetime, factor: float) -> Deviation | None:
    """The theme's documents against its share of the baseline, which may have none."""
    expected = (theme.share_before or 0.0) * count.total
    spread = math.hypot(math.sqrt(BURST * max(1.0, expected)), MIN_SPREAD * expected)
    deviation = (theme.count.total - expected) / spread
    values = theme.count.total * factor, expected * factor
    found = Deviation(hour, Metric.VOLUME, *values, deviation)
    return found if deviation >= THRESHOLD else None


def _sentiment(theme: Theme, hour: datetime) -> Deviation | None:
    if min(theme.count.scored, theme.before.scored) < MIN_DOCUMENTS:
        return None
    now, before = (one.compound_sum / one.scored for one in (theme.count, theme.before))
    if abs(now - before) < MIN_SHIFT:
        return None
    spread = SPREAD * math.sqrt(1 / theme.count.scored + 1 / theme.before.scored)
    deviation = (now - before) / spread
    found = Deviation(hour, Metric.SENTIMENT, now, before, deviation)
    return found if abs(deviation) >= THRESHOLD else None


def _periods(hours: Sequence[datetime]) -> Iterator[Question]:
    """Hours as periods without gaps."""
    numbered = enumerate(sorted(hours))
    for _, group in groupby(numbered, key=lambda one: one[1] - one[0] * HOUR):
        members = [hour for _, hour in group]
        yield Question(members[0], members[-1] + HOUR)
