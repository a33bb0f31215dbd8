"""Made-up hours of a tenant: the daily rhythm and the scores of the sample tweets, with noise.

The scores are those that VADER gives to real tweets. Times are made up: the samples have none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from echostream.adapters.vader import Vader
from echostream.domain.model import Count, Document
from seed.dataset import samples
from seed.timeline import CLEAR, RHYTHM

START = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday."""
WEEK = (1.0, 1.0, 1.0, 1.0, 1.0, 0.7, 0.7)
"""The documents of each day, from Monday on, in proportion."""
BURST_HOURS = (6, 9)
"""A feed with bursts has its documents of a day in one hour, from the first on."""
Draw = np.random.Generator
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tenant:
    """Documents of a day, sources, and the standard deviation of the logarithm of hourly noise.

    The n-th source has 1/n of the documents of the first. With `bursts` the last has all its
    documents of a day in one hour.
    """

    a_day: int
    sources: int
    noise: float
    bursts: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    """Documents and sums of their compounds, by source and hour."""

    totals: Integers
    sums: Floats
    start: datetime = START

    def at(self, hour: int) -> datetime:
        """The begin of an hour, by its number."""
        return self.start + timedelta(hours=hour)

    def counts(self, first: int, end: int) -> Iterator[Count]:
        """The counts of the hours in [first, end)."""
        first = max(0, first)
        times = [self.at(hour) for hour in range(first, end)]
        for source, (totals, sums) in enumerate(zip(self.totals, self.sums, strict=True)):
            rows = zip(times, totals[first:end].tolist(), sums[first:end].tolist(), strict=True)
            for time, total, compounds in rows:
                if total:
                    yield Count(time, f"s{source}", 0, 0, total, 0, compounds)


def hours(tenant: Tenant, days: int, seed: int) -> Hours:
    """The hours of some days; the same ones for the same arguments."""
    draw = np.random.default_rng(seed)
    noise = draw.lognormal(0, tenant.noise, (tenant.sources, days * 24))
    totals = draw.poisson(_rates(tenant, days, draw) * noise)
    return Hours(totals, sums(totals, scores(0), draw))


def _rates(tenant: Tenant, days: int, draw: Draw) -> Floats:
    """The documents that are expected of each source and hour."""
    of_day = np.resize(np.array(WEEK), days) * tenant.a_day
    of_hour = np.outer(of_day, np.array(RHYTHM) / sum(RHYTHM)).ravel()
    shares = 1 / np.arange(1, tenant.sources + 1)
    rates: Floats = np.outer(shares / shares.sum(), of_hour)
    if tenant.bursts:
        in_day = rates[-1].reshape(days, 24).sum(axis=1)
        rates[-1] = 0
        rates[-1, np.arange(days) * 24 + draw.integers(*BURST_HOURS, days)] = in_day
    return rates


def sums(totals: Integers, of: Sequence[float] | Floats, draw: Draw) -> Floats:
    """The sums of as many scores, which are drawn from others."""
    ends = totals.cumsum()
    running = np.concatenate([[0.0], draw.choice(of, int(totals.sum())).cumsum()])
    between: Floats = (running[ends] - running[ends - totals.ravel()]).reshape(totals.shape)
    return between.round(4)


@cache
def scores(sign: int) -> Floats:
    """VADER's compounds of the tweets that people rated as clear praise or criticism; 0 for all."""
    rows = [one for one in samples("tweets") if not sign or one.rating * sign >= CLEAR]
    return compounds([one.text for one in rows])


def compounds(texts: Sequence[str]) -> Floats:
    """VADER's compounds of texts."""
    documents = [Document(str(n), text, "bench", START) for n, text in enumerate(texts)]
    return np.array([one.compound for one in Vader().enrich(documents, START)])
