"""The tables of docs/alerts.md about made-up tenants."""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import fmean

from bench.alerts.events import EVENTS
from bench.alerts.measure import PERIOD, Case, Found, Result, measure
from bench.alerts.methods import METHODS
from bench.alerts.tenants import Tenant

A_DAY = (500, 2_000, 10_000, 100_000)
SOURCES = ((1, False), (3, False), (3, True), (20, False))
"""Numbers of sources, and whether one of them has bursts."""
NOISE = (0.15, 0.3)
SEEDS = 2


def results() -> list[Result]:
    """The results of all methods with all tenants, several at a time."""
    tenants = [
        Tenant(a_day, sources, noise, bursts)
        for a_day, (sources, bursts), noise in itertools.product(A_DAY, SOURCES, NOISE)
    ]
    cases = [Case(*one) for one in itertools.product(METHODS, tenants, range(SEEDS))]
    cases.sort(key=lambda case: -case.tenant.sources)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(measure, cases))


def false_alarms(found: Sequence[Result]) -> Iterator[str]:
    """False alarms in 30 days of each kind of tenant, and in 1,000 hours of all."""
    columns = list(itertools.product(METHODS, NOISE))
    yield from _head(["documents a day", "sources", *(f"{m}, noise {n}" for m, n in columns)])
    for a_day, (sources, bursts) in itertools.product(A_DAY, SOURCES):
        own = [r for r in found if _key(r.case.tenant) == (a_day, sources, bursts)]
        cells = (f"{_mean(_of(own, *column), fmean):.1f}" for column in columns)
        yield _row([f"{a_day:,}", f"{sources}{', one with bursts' * bursts}", *cells])
    yield _row(["all", "", *(f"{_mean(_of(found, *one), fmean):.2f}" for one in columns)])
    yield _row(
        [
            "all, first 30 days",
            "",
            *(f"{_mean(_of(found, *c), lambda p: p[0]):.2f}" for c in columns),
        ]
    )
    hours = PERIOD * 24 / 1000
    cells = (f"{_mean(_of(found, *one), fmean) / hours:.2f}" for one in columns)
    yield _row(["all, in 1,000 hours", "", *cells])


def events(found: Sequence[Result]) -> Iterator[str]:
    """Events of all sources, by method and documents a day."""
    yield from _head(["method", "documents a day", *(event.name for event in EVENTS), "alerts"])
    for method, a_day in itertools.product(METHODS, A_DAY):
        own = [r for r in found if r.case.method == method and r.case.tenant.a_day == a_day]
        yield _row([method, f"{a_day:,}", *_cells([r.of_all for r in own])])


def events_of_one(found: Sequence[Result]) -> Iterator[str]:
    """Events of one source among several: ours."""
    yield from _head(["sources", "documents a day", *(event.name for event in EVENTS), "alerts"])
    for (sources, bursts), a_day in itertools.product(SOURCES[1:], A_DAY):
        own = [r for r in found if _key(r.case.tenant) == (a_day, sources, bursts) and r.of_one]
        name = f"{sources}{', one with bursts' * bursts}"
        yield _row([name, f"{a_day:,}", *_cells([r.of_one for r in own])])


def _key(tenant: Tenant) -> tuple[int, int, bool]:
    return tenant.a_day, tenant.sources, tenant.bursts


def _of(found: Iterable[Result], method: str, noise: float) -> list[Result]:
    return [r for r in found if r.case.method == method and r.case.tenant.noise == noise]


def _mean(own: Sequence[Result], of: Callable[[tuple[int, int]], float]) -> float:
    return fmean(of(result.false_alarms) for result in own)


def _cells(found: Sequence[Sequence[Found]]) -> list[str]:
    """The share and mean delay of each kind of event, and the alerts of one that was found."""
    kinds = [sum(own, Found()) for own in zip(*found, strict=True)]
    numbers = [number for one in kinds for number in one.alerts]
    return [*map(_cell, kinds), f"{fmean(numbers):.1f}" if numbers else ""]


def _cell(one: Found) -> str:
    share = f"{len(one.delays) / one.number:.0%}"
    return f"{share}, {fmean(one.delays):.1f} h" if one.delays else share


def _head(names: Sequence[str]) -> list[str]:
    return [_row(names), "|---" * len(names) + "|"]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
